// Patterns of branches, tags and files, and the names of hotfix branches: what the compiler, the emitted
// triggers and the emitted guards must read alike.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pipec {

// `*` stands for any characters but `/`, `**` for any at all, `**/` for any number of folders, `?` for one
// character but `/`.
bool glob_matches(std::string_view glob, std::string_view text);

// The patterns that mean the same together where `**/` takes at least one folder; not all of them when there
// are more than `most`.
std::vector<std::string> glob_variants(std::string_view glob, size_t most);

// Whether some text matches both.
bool globs_overlap(std::string_view one, std::string_view other);

// How much work that is, in pairs of signs: 1 when what stands before the first wildcards, or behind the last
// ones, tells them apart.
size_t cost_of_overlap(std::string_view one, std::string_view other);

// Stands for the incident in the name of a hotfix branch: `hotfix/{incident}-*`.
inline constexpr std::string_view incident_placeholder = "{incident}";

// The part of a hotfix branch's pattern before anything variable: `hotfix/`.
std::string_view fixed_prefix(std::string_view branches);

// What a hotfix branch is called, as a regular expression without anchors whose first group is the incident.
// Wildcards stand for letters, digits and `._-` only: names of branches reach the ledger and the approval.
// `incident`: the expression of an incident; empty when branches carry none.
std::string hotfix_expression(std::string_view branches, std::string_view incident);

// The incident in a branch's name, empty when branches carry none. Nothing when the name is not that of a
// hotfix branch. Where it can be read in several ways the longest incident counts that begins last, as in
// greedy matching.
std::optional<std::string> incident_of(std::string_view branches, std::string_view incident,
                                       std::string_view name);

}  // namespace pipec
