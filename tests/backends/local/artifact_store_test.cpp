#include "backends/local/runner/artifact_store.h"

#include "backends/local/runner/checkout_copy.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <unistd.h>

namespace pipec::runner {
namespace fs = std::filesystem;
namespace {

using Texts = std::vector<std::string>;

class ArtifactStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "pipec-test-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override { fs::remove_all(root_); }

  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path, std::ios::binary) << text;
  }
  std::string read(const std::string& path) const {
    std::ifstream in(root_ / path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }
  static local::Artifact artifact(Texts paths) {
    return {.name = std::string("out"), .type = std::string("files"), .paths = std::move(paths)};
  }
  // What was put back, or the error.
  Texts put_back(ArtifactStore& store, const local::Artifact& what) const {
    Texts restored;
    const auto failed = store.put_back(what, root_.string(), restored);
    return failed ? Texts{*failed} : restored;
  }

  fs::path root_;
};

TEST_F(ArtifactStoreTest, FindsFilesByPatterns) {
  for (const char* path : {"out/a", "out/deep/b.o", "out/deep/c.txt", "x.xml", ".git/x.xml", ".pipec/x.xml"})
    write(path, "1");
  const std::string root = root_.string();
  EXPECT_EQ(matching_files(root, "out/**"), (Texts{"out/a", "out/deep/b.o", "out/deep/c.txt"}));
  EXPECT_EQ(matching_files(root, "out/*"), (Texts{"out/a"}));
  EXPECT_EQ(matching_files(root, "out/deep/*.o"), (Texts{"out/deep/b.o"}));
  EXPECT_EQ(matching_files(root, "out"), (Texts{"out/a", "out/deep/b.o", "out/deep/c.txt"}));
  EXPECT_EQ(matching_files(root, "*.xml"), (Texts{"x.xml"}));
  EXPECT_EQ(matching_files(root, "./x.xml"), (Texts{"x.xml"}));
  EXPECT_EQ(matching_files(root, "**.xml"), (Texts{"x.xml"}));
  EXPECT_EQ(matching_files(root, "none/**"), Texts{});
}

TEST_F(ArtifactStoreTest, PutsBackWhatWasChangedOrRemoved) {
  write("out/same", "same");
  write("out/changed", "before");
  write("out/deep/gone", "gone");
  fs::permissions(root_ / "out/deep/gone", fs::perms::owner_all);
  fs::create_symlink("same", root_ / "out/link");
  ArtifactStore store((root_ / "kept").string());
  const local::Artifact what = artifact({"out/**"});
  ASSERT_EQ(store.keep(what, root_.string()), std::nullopt);
  EXPECT_EQ(put_back(store, what), Texts{});

  write("out/changed", "after!");
  fs::remove_all(root_ / "out/deep");
  fs::remove(root_ / "out/link");
  write("out/link", "no link");
  EXPECT_EQ(put_back(store, what), (Texts{"out/changed", "out/deep/gone", "out/link"}));
  EXPECT_EQ(read("out/changed"), "before");
  EXPECT_EQ(read("out/deep/gone"), "gone");
  EXPECT_EQ(fs::status(root_ / "out/deep/gone").permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::read_symlink(root_ / "out/link"), "same");
  EXPECT_EQ(put_back(store, what), Texts{});
}

TEST_F(ArtifactStoreTest, LeavesAloneWhatWasOnlyTouched) {
  write("file", "text");
  ArtifactStore store((root_ / "kept").string());
  ASSERT_EQ(store.keep(artifact({"file"}), root_.string()), std::nullopt);
  fs::last_write_time(root_ / "file", fs::file_time_type::clock::now() + std::chrono::hours(1));
  EXPECT_EQ(put_back(store, artifact({"file"})), Texts{});
}

TEST_F(ArtifactStoreTest, FindsAChangeThatKeepsSizeAndTime) {
  write("file", "aaaa");
  const auto time = fs::last_write_time(root_ / "file");
  ArtifactStore store((root_ / "kept").string());
  ASSERT_EQ(store.keep(artifact({"file"}), root_.string()), std::nullopt);
  write("file", "bbbb");
  fs::last_write_time(root_ / "file", time);
  EXPECT_EQ(put_back(store, artifact({"file"})), Texts{"file"});
  EXPECT_EQ(read("file"), "aaaa");
}

TEST_F(ArtifactStoreTest, RefusesPathsThatNameNothing) {
  write("there", "1");
  ArtifactStore store((root_ / "kept").string());
  EXPECT_EQ(store.keep(artifact({"there", "missing/*"}), root_.string()),
            "nothing for `out`: no file matches `missing/*`");
  // Nobody has made it in this run: it must be there.
  EXPECT_EQ(put_back(store, artifact({"there"})), Texts{});
  EXPECT_EQ(put_back(store, artifact({"missing"})), Texts{"`out` is not there: no file matches `missing`"});
}

TEST_F(ArtifactStoreTest, RefusesAFolderInTheFilesPlace) {
  write("file", "1");
  ArtifactStore store((root_ / "kept").string());
  ASSERT_EQ(store.keep(artifact({"file"}), root_.string()), std::nullopt);
  fs::remove(root_ / "file");
  write("file/inside", "1");
  EXPECT_EQ(put_back(store, artifact({"file"})), Texts{"cannot put `file` back: a folder is in its place"});
}

TEST_F(ArtifactStoreTest, KeepsEqualContentsOnce) {
  write("a", "equal");
  write("b", "equal");
  ArtifactStore store((root_ / "kept").string());
  const local::Artifact what = artifact({"a", "b"});
  ASSERT_EQ(store.keep(what, root_.string()), std::nullopt);
  EXPECT_EQ(std::distance(fs::directory_iterator(root_ / "kept"), fs::directory_iterator()), 1);
  const auto contents = store.contents(what);
  ASSERT_EQ(contents.size(), 2u);
  EXPECT_EQ(contents[0].second, contents[1].second);
}

TEST_F(ArtifactStoreTest, PutsAPartOfACollectionBelowItsFolder) {
  const std::string cell = (root_ / "cell").string();
  write("cell/out/a", "of the cell");
  ArtifactStore store((root_ / "kept").string());
  local::Artifact what = artifact({"out/**"});
  what.folder = "bin/1_25";
  ASSERT_EQ(store.keep(what, cell), std::nullopt);
  EXPECT_EQ(put_back(store, what), Texts{"bin/1_25/out/a"});
  EXPECT_EQ(read("bin/1_25/out/a"), "of the cell");
  EXPECT_EQ(put_back(store, what), Texts{});
  EXPECT_FALSE(fs::exists(root_ / "out"));
}

TEST_F(ArtifactStoreTest, CopiesACheckout) {
  write("deep/file", "text");
  write(".pipec/runs/log", "no part of it");
  write("deep/.pipec", "a file of the author");
  fs::permissions(root_ / "deep/file", fs::perms::owner_all);
  const auto time = fs::file_time_type::clock::now() - std::chrono::hours(1);
  fs::last_write_time(root_ / "deep/file", time);
  fs::create_symlink("file", root_ / "deep/link");
  const fs::path copy = root_ / ".pipec/copy";
  ASSERT_EQ(copy_checkout(root_.string(), copy.string()), std::nullopt);
  EXPECT_EQ(read(".pipec/copy/deep/file"), "text");
  EXPECT_EQ(fs::status(copy / "deep/file").permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::last_write_time(copy / "deep/file"), time);
  EXPECT_EQ(fs::read_symlink(copy / "deep/link"), "file");
  EXPECT_TRUE(fs::exists(copy / "deep/.pipec"));
  EXPECT_FALSE(fs::exists(copy / ".pipec"));
}

}  // namespace
}  // namespace pipec::runner
