// How files of the user are found and replaced, on a real disk.
#include "compiler/frontend/file_system.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace pipec {
namespace {

namespace fs = std::filesystem;

class Rewrite : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("pipec_rewrite_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    std::ofstream(folder_ / "a.pipe") << "before";
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string text(const std::string& name) const {
    std::ifstream in(folder_ / name);
    std::ostringstream all;
    all << in.rdbuf();
    return all.str();
  }
  size_t entries() const { return static_cast<size_t>(std::distance(fs::directory_iterator(folder_), {})); }

  fs::path folder_;
  DiskFileSystem files_;
};

TEST_F(Rewrite, KeepsPermissionsAndLeavesNothingBehind) {
  ASSERT_EQ(::chmod((folder_ / "a.pipe").c_str(), 0640), 0);
  EXPECT_EQ(files_.rewrite((folder_ / "a.pipe").string(), "after"), std::nullopt);
  EXPECT_EQ(text("a.pipe"), "after");
  struct stat status {};
  ASSERT_EQ(::stat((folder_ / "a.pipe").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0640u);
  EXPECT_EQ(entries(), 1u);
}

TEST_F(Rewrite, GoesThroughASymbolicLink) {
  fs::create_symlink("a.pipe", folder_ / "link.pipe");
  EXPECT_EQ(files_.rewrite((folder_ / "link.pipe").string(), "after"), std::nullopt);
  EXPECT_TRUE(fs::is_symlink(folder_ / "link.pipe"));
  EXPECT_EQ(text("a.pipe"), "after");
}

TEST_F(Rewrite, MakesNoFile) {
  EXPECT_EQ(files_.rewrite((folder_ / "b.pipe").string(), "after"), "no such file");
  EXPECT_EQ(entries(), 1u);
}

class Write : public Rewrite {};

TEST_F(Write, GoesThroughASymbolicLink) {
  fs::create_symlink("a.pipe", folder_ / "link");
  EXPECT_EQ(files_.write((folder_ / "link").string(), "after", false), std::nullopt);
  EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
  EXPECT_EQ(text("a.pipe"), "after");
}

TEST_F(Write, ReplacesNothingButRegularFiles) {
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  fs::create_symlink("pipe", folder_ / "to_pipe");
  fs::create_symlink("nothing", folder_ / "to_nothing");
  fs::create_directory(folder_ / "folder");
  EXPECT_EQ(files_.write((folder_ / "pipe").string(), "after", false), "it is not a regular file");
  EXPECT_EQ(files_.write((folder_ / "to_pipe").string(), "after", false), "it is not a regular file");
  EXPECT_EQ(files_.write((folder_ / "to_nothing").string(), "after", false),
            "it is a link to a file that does not exist");
  EXPECT_EQ(files_.write((folder_ / "folder").string(), "after", false), "it is a folder");
  EXPECT_TRUE(fs::is_fifo(folder_ / "pipe"));
  EXPECT_FALSE(fs::exists(folder_ / "nothing"));
}

TEST_F(Write, MakesFolders) {
  EXPECT_EQ(files_.write((folder_ / "b/c").string(), "after", false), std::nullopt);
  EXPECT_EQ(text("b/c"), "after");
}

// A file that is not there is below the root all the same: that it cannot be read is what is wrong with it.
TEST_F(Rewrite, PathOfAMissingFileIsBelowItsFolder) {
  const fs::path before = fs::current_path();
  fs::current_path(folder_);
  const std::string root = files_.real_path(".");
  const std::string missing = files_.real_path("nope/nowhere.pipe");
  fs::current_path(before);
  EXPECT_TRUE(fs::path(missing).is_absolute()) << missing;
  EXPECT_EQ(fs::path(missing).lexically_relative(root), "nope/nowhere.pipe");
}

}  // namespace
}  // namespace pipec
