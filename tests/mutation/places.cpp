#include "tests/mutation/places.h"

#include "compiler/parse/parse.h"

#include <algorithm>
#include <type_traits>
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

std::string name_of(const ast::Block& block) { return std::string(block.name.text); }
std::string name_of(const ast::Stage& stage) { return std::string(stage.name.text); }
std::string name_of(const ast::Route& route) {
  return route.hotfix ? "hotfix" : std::string(route.name.text);
}
template <class T>
std::string name_of(const T&) {
  return {};
}

bool holds(const Region& region, const std::string& file, Span change) {
  return region.file == file && region.begin <= change.begin && change.end <= region.end;
}

// Of what is left open less what is closed.
int brackets(std::string_view text) {
  return static_cast<int>(std::count(text.begin(), text.end(), '{') -
                          std::count(text.begin(), text.end(), '}'));
}

// Without the white space around it.
Span trimmed(Span span, std::string_view text) {
  const auto blank = [&](uint32_t at) { return text[at] == ' ' || text[at] == '\n'; };
  while (span.begin < span.end && blank(span.begin))
    ++span.begin;
  while (span.begin < span.end && blank(span.end - 1))
    --span.end;
  return span;
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
    declared.pipeline = true;
    declared.head = region_of(file, pipeline->head);
    for (const ast::PipelineItem& item : pipeline->items) {
      std::visit(
          [&](const auto& node) {
            declared.items.push_back({name_of(node), region_of(file, span_of(node)),
                                      std::is_same_v<decltype(node), const ast::Field&>});
          },
          item.node);
      if (const auto* stage = std::get_if<ast::Stage>(&item.node)) {
        declared.parts.push_back({"", region_of(file, stage->head)});
        add_parts(file, stage->items, declared.parts);
      } else {
        declared.parts.push_back({"", declared.items.back().region});
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
  if (mentions(declared.pipeline ? declared.head : declared.whole.region, names)) return use(declared.whole);
  bool more = false;
  for (const Part& part : declared.parts) {
    if (mentions(part.region, names)) more = use(part) || more;
  }
  return more;
}

std::vector<Region> Places::of_pipeline(const Declared& pipeline, Span change) const {
  std::vector<Region> regions;
  for (size_t i = 0; i < pipeline.items.size(); ++i) {
    const Part& item = pipeline.items[i];
    if (!holds(item.region, changed_, change)) continue;
    regions.push_back(item.region);
    // A property that lost its value takes the next word for it.
    if (item.property && i + 1 < pipeline.items.size()) regions.push_back(pipeline.items[i + 1].region);
    for (const Declared& heir : declared_) {
      if (!heir.pipeline || !mentions(heir.head, {pipeline.whole.name})) continue;
      for (const Part& same : heir.items) {
        if (!same.name.empty() && same.name == item.name) regions.push_back(same.region);
      }
    }
    return regions;
  }
  return {pipeline.whole.region};
}

std::vector<Region> Places::of_declaration(const Declared& declared) const {
  std::vector<Region> regions{declared.whole.region};
  std::set<std::string> names{declared.whole.name};
  for (bool more = true; more;) {
    more = false;
    for (const Declared& other : declared_)
      more = add_users(other, names, regions) || more;
  }
  return regions;
}

std::vector<Region> Places::allowed(const Mutant& mutant) const {
  const std::string_view text = files_.at(changed_);
  const Span change = trimmed(mutant.before, text);
  const bool balanced = brackets(text) == brackets(mutant.text);
  for (const Declared& declared : declared_) {
    if (!holds(declared.whole.region, changed_, change)) continue;
    if (declared.pipeline && !balanced) return {declared.whole.region};
    if (balanced) return declared.pipeline ? of_pipeline(declared, change) : of_declaration(declared);
  }
  std::vector<Region> regions;
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
