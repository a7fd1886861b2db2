#include "compiler/rules/exemptions.h"

#include "compiler/diag/kinds/profiles.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

std::chrono::sys_days days_of(const ast::DateExpr& date) {
  return std::chrono::year_month_day{std::chrono::year(date.year), std::chrono::month(date.month),
                                     std::chrono::day(date.day)};
}

ast::DateExpr date_of(std::chrono::sys_days days) {
  const std::chrono::year_month_day date{days};
  return {static_cast<int16_t>(static_cast<int>(date.year())),
          static_cast<uint8_t>(static_cast<unsigned>(date.month())),
          static_cast<uint8_t>(static_cast<unsigned>(date.day()))};
}

// The teams, roles or users of a group on one platform. GitHub and IAM tell no names apart by their case.
std::set<std::string> names_of(const sema::Value& people) {
  std::set<std::string> names;
  const auto add = [&](std::string_view name) { names.insert(lower_case(name)); };
  for (const auto& [parameter, value] : people.entries()) {
    if (value.items().empty()) add(value.text());
    for (const sema::Value& item : value.items())
      add(item.text());
  }
  return names;
}

// The platforms on which the group names somebody.
std::vector<std::string> platforms_of(const sema::Group& group) {
  std::vector<std::string> platforms;
  for (const auto& [platform, people] : group.identities) {
    if (!names_of(people).empty()) platforms.push_back(platform);
  }
  return platforms;
}

// Both ascend.
bool share_one(const std::vector<std::string>& some, const std::vector<std::string>& others) {
  std::vector<std::string> shared;
  std::set_intersection(some.begin(), some.end(), others.begin(), others.end(), std::back_inserter(shared));
  return !shared.empty();
}

// A platform on which everybody of `group` is one of `other`; empty when there is none.
std::string_view platform_of_same_people(const sema::Group& group, const sema::Group& other) {
  for (const auto& [platform, people] : group.identities) {
    const auto theirs = other.identities.find(platform);
    if (theirs == other.identities.end() || people.text() != theirs->second.text()) continue;
    const std::set<std::string> names = names_of(people);
    const std::set<std::string> owners = names_of(theirs->second);
    if (!names.empty() && std::includes(owners.begin(), owners.end(), names.begin(), names.end()))
      return platform;
  }
  return {};
}

// One exemption on one day.
class Exam {
 public:
  Exam(const Context& context, const sema::Exemption& exemption, const sema::RuleText& rule,
       DiagnosticSink& sink)
      : pipeline_(context.pipeline),
        today_(days_of(*context.policy.today)),
        exemption_(exemption),
        rule_(rule),
        sink_(sink),
        is_waiver_(exemption.kind == ast::Exemption::Kind::waive) {}

  bool passes() {
    const bool lasts = !has_ended() && !is_too_long();
    return !is_self_approved() && !is_approved_by_unknown() && lasts;
  }

 private:
  std::string_view what() const { return is_waiver_ ? "waiver" : "attestation"; }
  std::string covered() const { return fmt::format("{}: {}", rule_.code, rule_.text); }

  bool has_ended() {
    if (!exemption_.until || days_of(*exemption_.until) >= today_) return false;
    sink_
        .report(diag::waiver_expired, exemption_.head, what(), exemption_.place,
                day_in_words(exemption_.until))
        .note(fmt::format("it covered {}", covered()));
    return true;
  }

  bool is_too_long() {
    const auto& term = is_waiver_ ? pipeline_.profile->waivers : pipeline_.profile->attestations;
    if (!term || !exemption_.until) return false;
    const auto left = (days_of(*exemption_.until) - today_).count();
    if (left <= term->days) return false;
    const std::string latest = day_in_words(date_of(today_ + std::chrono::days(term->days)));
    sink_
        .report(diag::waiver_too_long, exemption_.until_span, what(), exemption_.place, int64_t{left},
                term->days)
        .note(fmt::format("it would cover {}", covered()))
        .replace(exemption_.until_span, latest);
    return true;
  }

  // Otherwise nobody is named, or a mistake that is reported where it is.
  static bool is_understood(const sema::Group* approver) {
    return approver != nullptr && approver->entity != nullptr;
  }

  bool is_self_approved() {
    const sema::Group* owner = pipeline_.owner;
    const sema::Group* approver = exemption_.approver();
    if (!is_waiver_ || owner == nullptr || !is_understood(approver)) return false;
    std::string why = fmt::format("which owns pipeline `{}`", pipeline_.name);
    if (approver->entity != owner->entity) {
      const std::string_view platform = platform_of_same_people(*approver, *owner);
      if (platform.empty()) return false;
      why = fmt::format("on `{}` the same people as `{}`, {}", platform, owner->name, why);
    }
    sink_.report(diag::self_approved, exemption_.head, exemption_.place, approver->name, why)
        .note(fmt::format("it would cover {}", covered()))
        .note("name a group that does not own the pipeline: `approved_by = GROUP`");
    return true;
  }

  // Nothing shows who approves, or that it is somebody else than the owner.
  bool is_approved_by_unknown() {
    const sema::Group* owner = pipeline_.owner;
    const sema::Group* approver = exemption_.approver();
    if (!is_waiver_ || !is_understood(approver)) return false;
    const auto platforms = platforms_of(*approver);
    std::string why = "which names nobody on any platform";
    std::string remedy = fmt::format("say who `{}` is on a platform", approver->name);
    if (owner != nullptr) {
      const auto platforms_of_owner = platforms_of(*owner);
      if (share_one(platforms, platforms_of_owner)) return false;
      if (!platforms.empty())
        why = fmt::format("and no platform tells that from `{}`, which owns pipeline `{}`", owner->name,
                          pipeline_.name);
      remedy =
          platforms_of_owner.empty()
              ? fmt::format("say who `{}` and `{}` are on the same platform", approver->name, owner->name)
              : fmt::format("say who `{}` is on {}, where `{}` is named", approver->name,
                            quoted_list(platforms_of_owner, "or"), owner->name);
    } else if (!platforms.empty()) {
      return false;
    }
    sink_.report(diag::approver_unknown, exemption_.head, exemption_.place, approver->name, why)
        .label(approver->span, "the group that approves")
        .note(fmt::format("it would cover {}", covered()))
        .note(remedy);
    return true;
  }

  const sema::Pipeline& pipeline_;
  std::chrono::sys_days today_;
  const sema::Exemption& exemption_;
  const sema::RuleText& rule_;
  DiagnosticSink& sink_;
  bool is_waiver_;
};

}  // namespace

bool holds(const Context& context, const sema::Exemption& exemption, const sema::RuleText& rule,
           DiagnosticSink& sink) {
  return !context.policy.today || Exam(context, exemption, rule, sink).passes();
}

bool has_ended(const Context& context, const sema::Exemption& exemption) {
  const auto& today = context.policy.today;
  return today && exemption.until && days_of(*exemption.until) < days_of(*today);
}

std::string day_in_words(const std::optional<ast::DateExpr>& day) {
  return day ? fmt::format("{:04}-{:02}-{:02}", day->year, day->month, day->day) : "";
}

}  // namespace pipec::rules
