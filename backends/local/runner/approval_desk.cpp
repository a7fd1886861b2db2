#include "backends/local/runner/approval_desk.h"

#include "compiler/support/text.h"

#include <array>
#include <cerrno>

#include <fmt/core.h>
#include <pwd.h>
#include <termios.h>
#include <unistd.h>

namespace pipec::runner {

std::string user_name() {
  const passwd* entry = ::getpwuid(::geteuid());
  return entry == nullptr ? fmt::format("user {}", ::geteuid()) : entry->pw_name;
}

ApprovalDesk::~ApprovalDesk() {
  if (asking_) loop_.forget(STDIN_FILENO);
}

void ApprovalDesk::ask(const std::string& id, const local::Approval& approval, Answered answered) {
  questions_.push_back({id, &approval, std::move(answered)});
  if (!asking_) show_next();
}

void ApprovalDesk::close(const std::string& why) {
  while (!questions_.empty())
    answer(why);
}

void ApprovalDesk::show_next() {
  if (questions_.empty()) return;
  asking_ = true;
  typed_.clear();
  const Question& question = questions_.front();
  const local::Approval& approval = *question.approval;
  progress_.pause();
  // What was typed before the question was no answer to it.
  ::tcflush(STDIN_FILENO, TCIFLUSH);
  const std::string asked =
      fmt::format("{}\nType `{}` to go on, anything else to stop: ", approval.question, *approval.confirm);
  console_.err(
      !approval.question.empty()
          ? asked
          : fmt::format("{} waits for an approval{}. It counts on this machine only.\nType `{}` to approve, "
                        "anything else to "
                        "refuse: ",
                        question.id,
                        approval.approvers.empty() ? "" : " by " + quoted_list(approval.approvers, "or"),
                        *approval.confirm));
  loop_.watch(STDIN_FILENO, [this] { read_answer(); });
  deadline_ = loop_.after(std::chrono::seconds(approval.within->seconds), [this] {
    console_.err("\n");
    answer(fmt::format("nobody approved within {}", to_string(*questions_.front().approval->within)));
  });
}

void ApprovalDesk::read_answer() {
  std::array<char, 256> buffer;
  const ssize_t size = ::read(STDIN_FILENO, buffer.data(), buffer.size());
  if (size < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (size > 0) typed_.append(buffer.data(), static_cast<size_t>(size));
  const size_t end = typed_.find('\n');
  if (size > 0 && end == std::string::npos) return;
  // The terminal was closed, or Ctrl-D: the line of the question is still open.
  if (end == std::string::npos) console_.err("\n");
  const std::string line = typed_.substr(0, end);
  if (line == *questions_.front().approval->confirm) {
    answer(std::nullopt);
  } else {
    answer("refused on the terminal");
  }
}

void ApprovalDesk::answer(std::optional<std::string> refusal) {
  const Answered answered = std::move(questions_.front().answered);
  questions_.pop_front();
  if (asking_) {
    asking_ = false;
    if (deadline_) loop_.cancel(*deadline_);
    loop_.forget(STDIN_FILENO);
    progress_.resume();
  }
  answered(std::move(refusal));
  if (!asking_) show_next();
}

}  // namespace pipec::runner
