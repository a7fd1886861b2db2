# The rules of a GitHub environment in the form of settings.json; null when there is none. Its input is what
# GET environments/NAME answers, $policies what its deployment-branch-policies are. Without reviewers nobody reviews,
# so how they review says nothing; a field that GitHub does not show counts as the unsafe value.
if . == null then null else
  ([.protection_rules[]? | select(.type == "required_reviewers")] | first // {}) as $rule
  | ([$rule.reviewers[]? | "\(.type):\(.reviewer.slug // .reviewer.login)"] | sort) as $reviewers
  | {
      name: $name,
      reviewers: $reviewers,
      prevent_self_review: ($reviewers != [] and $rule.prevent_self_review == true),
      can_admins_bypass: ($reviewers != [] and .can_admins_bypass != false),
      branches: ([$policies.branch_policies[]? | select((.type // "branch") == "branch") | .name] | sort),
      tags: ([$policies.branch_policies[]? | select(.type == "tag") | .name] | sort)
    }
end
