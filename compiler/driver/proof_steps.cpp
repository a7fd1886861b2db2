#include "compiler/driver/proof_steps.h"

#include <array>

namespace pipec::driver {

std::span<const ProofStep> proof_steps() {
  static constexpr auto steps = std::to_array<ProofStep>({
      {"H1", "final gates",
       "For every deployment of the hotfix to an environment, each final gate that stands before a "
       "deployment to it "
       "in trunk is there, stops the pipeline, ends before the deployment, looks at what is deployed, and is "
       "as "
       "strict as its floor asks. An environment that trunk does not know owes all of trunk's final gates.",
       "by the compiler",
       "keep the gate; give it a `floor` if a hotfix may let more pass; take `final` away in trunk if it "
       "binds nobody"},
      {"H2", "debt",
       "Whatever is left out or loosened has a reason and runs in the backfill: trunk, restricted to that "
       "and to what "
       "it needs, without production. A lower timeout, a stricter threshold or floor and a further report "
       "loosen "
       "nothing. What trunk does in production cannot run afterwards; it is listed as an accepted risk, and "
       "a check "
       "there needs a substitute.",
       "by the compiler; the backfill is emitted as a route of its own",
       "write `because \"…\"`, and `backfill = { into = [\"main\"]  within = 24h }`"},
      {"H3", "time",
       "The critical path of the hotfix fits its budget, on the graph that each target really runs, with "
       "what the "
       "platform itself takes. The time of people is counted apart.",
       "by the compiler",
       "leave more out, override what takes longest with a shorter run, or raise the budget"},
      {"H4", "approval",
       "A person agrees before production is touched, the group of the approval has an identity on every "
       "target, and it "
       "is the group that agrees in trunk.",
       "by the compiler; the platform asks the people", "keep the approval of trunk and its approvers"},
      {"H5", "one build",
       "What is deployed was built and packaged in this run, from the commit of the hotfix.",
       "by the compiler", "keep the elements that make what the deployment uses"},
      {"H6", "once",
       "A branch deploys to an environment once, by a claim in the ledger: one write that only the first can "
       "make, after "
       "approval and directly before the deployment. A retry of the same run passes, a second run and a "
       "branch that was "
       "made again do not. The name of the branch carries the incident.",
       "by a guard that every target emits", "start a new branch for a further fix"},
      {"H7", "way back", "Every deployment to production has a rollback, or says why there is none.",
       "by the compiler; the rollback is carried out by the platform",
       "set `rollback`, or `rollback = none(because = \"…\")`"},
      {"H8", "starts from what runs",
       "The commit of the hotfix descends from the one that is live, differs from it, and brings no other "
       "commit of trunk "
       "along. A branch without a change ends green: there is nothing to deploy.",
       "by a guard that every target emits, with the live commit of the ledger",
       "make the branch from the live commit: `git switch -c hotfix/… LIVE`"},
      {"H9", "is not undone",
       "Until a hotfix is merged back no run of any route deploys a commit without it, checked before "
       "approval is asked "
       "and again directly before the deployment. Deployments to production share one lock.",
       "by a guard that every target emits, with the ledger", "merge the hotfix back into trunk"},
      {"H10", "the controls are not the author's",
       "The gates of a hotfix come from the protected branch, and a hotfix that changes the pipeline or what "
       "was emitted "
       "from it is refused. What the gates run is still the code of the branch.",
       "by a guard that every target emits", "change the pipeline on trunk, with its review"},
  });
  return steps;
}

}  // namespace pipec::driver
