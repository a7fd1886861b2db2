#include "tests/mutation/places.h"

#include "compiler/parse/parse.h"

#include <algorithm>
#include <utility>

namespace pipec::test {
namespace {

Region region_of(const std::string& file, Span span) { return {file, span.begin, span.end}; }

template <class T>
Span span_of(const T& node) {
  return node.span;
}
Span span_of(const ast::StageDefinition& node) { return node.stage.span; }
Span span_of(const ast::Derivation& node) {
  return std::visit([](const auto& derivation) { return derivation.span; }, node);
}

// What closes a part belongs to what is around it: without it nobody knows where the part ends.
bool holds(const Region& region, const std::string& file, Span change) {
  return region.file == file && region.begin <= change.begin && change.end < region.end;
}

}  // namespace

Places::Places(const std::map<std::string, std::string>& files, std::string changed)
    : files_(files), changed_(std::move(changed)) {
  for (const auto& [file, text] : files_) {
    SourceManager sources;
    DiagnosticSink sink;
    const ast::File tree = parse::parse(sources.add(file, text), sources, sink);
    for (const ast::Declaration& declaration : tree.declarations)
      declare(file, declaration);
  }
}

void Places::declare(const std::string& file, const ast::Declaration& declaration) {
  Declared declared;
  declared.whole.name = ast::name_of(declaration).text;
  declared.whole.region =
      region_of(file, std::visit([](const auto& node) { return span_of(node); }, declaration));
  if (const auto* pipeline = std::get_if<ast::Pipeline>(&declaration)) {
    declared.head = region_of(file, pipeline->head);
    for (const ast::PipelineItem& item : pipeline->items) {
      const Span span = std::visit([](const auto& node) { return span_of(node); }, item.node);
      declared.items.push_back(region_of(file, span));
      if (const auto* stage = std::get_if<ast::Stage>(&item.node)) {
        declared.parts.push_back({"", region_of(file, stage->head)});
        add_parts(file, stage->items, declared.parts);
      } else {
        declared.parts.push_back({"", declared.items.back()});
      }
    }
  }
  declared_.push_back(std::move(declared));
}

void Places::add_parts(const std::string& file, const std::vector<ast::StageItem>& items,
                       std::vector<Part>& parts) {
  for (const ast::StageItem& item : items) {
    if (const auto* group = std::get_if<ast::Group>(&item.node)) {
      add_parts(file, group->items, parts);
      continue;
    }
    const auto* element = std::get_if<ast::Element>(&item.node);
    const Span span = std::visit([](const auto& node) { return span_of(node); }, item.node);
    parts.push_back({element == nullptr ? "" : std::string(element->name.text), region_of(file, span)});
  }
}

bool Places::mentions(const Region& region, const std::set<std::string>& names) const {
  const std::set<std::string> words =
      words_of(std::string_view(files_.at(region.file)).substr(region.begin, region.end - region.begin));
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return words.contains(name); });
}

bool Places::add_users(const Declared& declared, std::set<std::string>& names,
                       std::vector<Region>& regions) const {
  const auto use = [&](const Part& part) {
    regions.push_back(part.region);
    return !part.name.empty() && names.insert(part.name).second;
  };
  const bool pipeline = !declared.head.file.empty();
  if (mentions(pipeline ? declared.head : declared.whole.region, names)) return use(declared.whole);
  bool more = false;
  for (const Part& part : declared.parts) {
    if (mentions(part.region, names)) more = use(part) || more;
  }
  return more;
}

std::vector<Region> Places::allowed(const Mutant& mutant) const {
  // A line without what is around its words.
  Span change = mutant.before;
  const std::string& text = files_.at(changed_);
  while (change.begin < change.end &&
         std::string_view(" \n").find(text[change.begin]) != std::string_view::npos)
    ++change.begin;
  while (change.begin < change.end &&
         std::string_view(" \n").find(text[change.end - 1]) != std::string_view::npos)
    --change.end;
  std::vector<Region> regions;
  for (const Declared& declared : declared_) {
    if (!holds(declared.whole.region, changed_, change)) continue;
    for (const Region& item : declared.items) {
      if (holds(item, changed_, change)) return {item};
    }
    regions.push_back(declared.whole.region);
    if (!declared.head.file.empty()) return regions;
    std::set<std::string> names{declared.whole.name};
    for (bool more = true; more;) {
      more = false;
      for (const Declared& other : declared_)
        more = add_users(other, names, regions) || more;
    }
    return regions;
  }
  for (const auto& [file, whole] : files_)
    regions.push_back({file, 0, static_cast<uint32_t>(whole.size())});
  return regions;
}

Region Places::original(const Mutant& mutant, const SourceManager& sources, Span place) const {
  const std::string file(sources.path(place.source));
  if (file != changed_) return region_of(file, place);
  const auto back = [&](uint32_t offset) {
    if (offset <= mutant.after.begin) return offset;
    if (offset < mutant.after.end) return mutant.before.begin;
    return offset - mutant.after.end + mutant.before.end;
  };
  return {file, back(place.begin), back(place.end)};
}

std::set<std::string> words_of(std::string_view text) {
  std::set<std::string> words;
  std::string word;
  for (const char c : std::string(text) + " ") {
    const bool part = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
    if (part) word += c;
    if (!part && !word.empty()) words.insert(std::exchange(word, ""));
  }
  return words;
}

}  // namespace pipec::test
