// What a form sees of the rule that it judges and of the pipeline, and what it finds.
#pragma once

#include "compiler/rules/conformance.h"
#include "compiler/rules/profile_rules.h"

#include <string>
#include <string_view>
#include <vector>

namespace pipec::rules::forms {

// Something that breaks the rule. `what` says it without a full stop: "`beta.unit` publishes no report".
struct Violation {
  Span at;
  std::string what;
  std::vector<Label> labels;
  // The element, and the property of it that decides; null where it is not about one. Where a requirement
  // says already that the element does not set it, this is not said again.
  const sema::Element* element = nullptr;
  std::string_view property = {};
};

// An element of trunk and where it stands.
struct Placed {
  const sema::Element& element;
  const sema::Stage& stage;
  sema::Route::Position position;
};

class Check {
 public:
  // `role`: in which the rule stands, or null.
  Check(const Context& context, const sema::CheckRule& rule, const sema::Role* role)
      : context_(context), rule_(rule), role_(role) {}

  const Context& context() const { return context_; }
  const sema::Pipeline& pipeline() const { return context_.pipeline; }
  const sema::Route& trunk() const { return context_.pipeline.trunk(); }

  // The arguments of the form. Those of a list; empty when it is left out.
  const Capabilities& capabilities(std::string_view argument) const;
  std::vector<const sema::Role*> roles(std::string_view argument) const;
  std::vector<std::string> words(std::string_view argument) const;
  // The only one of them.
  const sema::Role& role(std::string_view argument) const { return *roles(argument).front(); }
  std::string word(std::string_view argument) const { return words(argument).front(); }
  bool flag(std::string_view argument) const;
  int64_t number(std::string_view argument) const;
  Duration duration(std::string_view argument) const;

  // The stages of trunk that the check is about: of the argument `roles`, else of the role in which the rule
  // stands, else all.
  std::vector<const sema::Stage*> stages() const;
  // What stands in them.
  std::vector<Placed> elements() const;
  // Those of them that fulfil one of the capabilities.
  std::vector<Placed> elements(const Capabilities& capabilities) const;

  // Records what the rule rests on, and what breaks it.
  void shows(Evidence evidence);
  void shows(Span at, std::string what) { shows({at, std::move(what), Grade::enforced, {}}); }
  Violation& breaks(Span at, std::string what);
  // At the property of the element that decides.
  void breaks(const sema::Element& element, std::string_view property, std::string what);

  const std::vector<Evidence>& evidence() const { return evidence_; }
  const std::vector<Violation>& violations() const { return violations_; }

 private:
  const sema::Value* argument(std::string_view name) const { return rule_.check.find(name); }

  const Context& context_;
  const sema::CheckRule& rule_;
  const sema::Role* role_;
  std::vector<Evidence> evidence_;
  std::vector<Violation> violations_;
};

// Where the element itself sets the property; its head when a definition does, or nobody.
Span place_of(const sema::Element& element, std::string_view property);
bool fulfils(const sema::Element& element, const Capabilities& capabilities);
// "Unit Tests or Integration Tests"
std::string titles(const Capabilities& capabilities);

#define PIPEC_FORM(NAME) void NAME(Check& check);
#include "compiler/rules/forms/forms.def"
#undef PIPEC_FORM

}  // namespace pipec::rules::forms
