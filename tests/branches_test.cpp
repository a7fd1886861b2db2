// Patterns of branches, the names of hotfix branches, and moments.
#include "compiler/support/branches.h"

#include "compiler/support/expression.h"
#include "compiler/support/local_time.h"

#include <regex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace pipec {
namespace {

// Every text of at most `length` characters of the alphabet.
std::vector<std::string> texts(const std::string& alphabet, size_t length) {
  std::vector<std::string> all{""};
  for (size_t begin = 0, i = 0; i < length; ++i) {
    const size_t end = all.size();
    for (; begin < end; ++begin) {
      for (const char c : alphabet)
        all.push_back(all[begin] + c);
    }
  }
  return all;
}

// The same pattern for another program.
std::regex as_regex(const std::string& glob) {
  std::string expression;
  for (size_t i = 0; i < glob.size(); ++i) {
    if (glob.compare(i, 3, "**/") == 0) {
      expression += "(.*/)?";
      i += 2;
    } else if (glob.compare(i, 2, "**") == 0) {
      expression += ".*";
      ++i;
    } else if (glob[i] == '*') {
      expression += "[^/]*";
    } else if (glob[i] == '?') {
      expression += "[^/]";
    } else {
      expression += glob[i];
    }
  }
  return std::regex(expression);
}

TEST(Globs, MatchAsTheirExpressions) {
  const std::vector<std::string> names = texts("ab/", 5);
  size_t matches = 0;
  for (const std::string& glob : texts("a/*?", 4)) {
    const std::regex expression = as_regex(glob);
    for (const std::string& name : names) {
      const bool expected = std::regex_match(name, expression);
      ASSERT_EQ(glob_matches(glob, name), expected) << glob << " " << name;
      matches += expected ? 1 : 0;
    }
  }
  EXPECT_GT(matches, 1000u);
}

TEST(Globs, OverlapWhenSomeTextMatchesBoth) {
  const std::vector<std::string> names = texts("ab/", 6);
  const std::vector<std::string> globs = texts("a/*", 4);
  std::vector<std::vector<bool>> matched;
  for (const std::string& glob : globs) {
    auto& row = matched.emplace_back();
    for (const std::string& name : names)
      row.push_back(glob_matches(glob, name));
  }
  for (size_t i = 0; i < globs.size(); ++i) {
    for (size_t j = 0; j < globs.size(); j += 7) {
      bool expected = false;
      for (size_t k = 0; k < names.size() && !expected; ++k)
        expected = matched[i][k] && matched[j][k];
      // Two patterns of four signs that overlap do so in a short text.
      ASSERT_EQ(globs_overlap(globs[i], globs[j]), expected) << globs[i] << " " << globs[j];
    }
  }
}

TEST(Expressions, MatchAsThoseOfTheStandardLibrary) {
  const std::vector<std::string> names = texts("aB1-", 5);
  for (const std::string text : {"a", "aB", "a|B", "(a|B1)+", "[a-c]*", "[A-C1-]{2}", "(a?B){1,2}-?",
                                 "a{0,3}1{2,}", "(a|aB)(1|B1)", "((a|B)*1)+", "[0-9]+-[a-z]*", "a\\.\\+"}) {
    const auto expression = Expression::parse(text);
    ASSERT_TRUE(expression) << text;
    const std::regex other(text, std::regex::extended);
    for (const std::string& name : names)
      ASSERT_EQ(expression->matches(name), std::regex_match(name, other)) << text << " " << name;
  }
}

TEST(Expressions, AreRefusedWhereProgramsDisagree) {
  for (const std::string text :
       {"",     "a|",          "|a",     "()",   "(a",     "a)", "[a", "[]",     "[z-a]", "[a-Z]",
        "[^a]", "[[:digit:]]", "\\d",    "\\w+", "\\-",    "^a", "a$", "a.b",    "(?:a)", "a**",
        "a+?",  "a{2",         "a{3,2}", "a{0}", "a{999}", "*a", "\\", "a{1}{2}"})
    EXPECT_FALSE(Expression::parse(text)) << text;
}

TEST(Expressions, StaySmallWhateverIsAskedFor) {
  EXPECT_FALSE(Expression::parse("((((a{255}){255}){255}){255}){255}"));
  EXPECT_FALSE(Expression::parse(std::string(100'000, '(')));
  EXPECT_FALSE(Expression::parse(std::string(100'000, 'a')));
  const auto nested = Expression::parse("((a*)*)*");
  ASSERT_TRUE(nested);
  EXPECT_FALSE(nested->matches(std::string(10'000, 'a') + "b"));
}

TEST(HotfixBranches, CarryAnIncident) {
  const auto incident = [](const char* branches, const char* expression, const char* name) {
    return incident_of(branches, expression, name);
  };
  EXPECT_EQ(incident("hotfix/{incident}-*", "INC-[0-9]+", "hotfix/INC-12-x"), "INC-12");
  EXPECT_EQ(incident("hotfix/{incident}-*", "INC-[0-9]+", "hotfix/INC-12"), std::nullopt);
  EXPECT_EQ(incident("hotfix/{incident}-*", "INC-[0-9]+", "hotfix/INC-12-a/b"), std::nullopt);
  EXPECT_EQ(incident("hotfix/{incident}-*", "INC-[0-9]+", "hotfix/INC-12-\xC3\xA4"), std::nullopt);
  EXPECT_EQ(incident("hotfix/{incident}-*", "INC-[0-9]+", "x/hotfix/INC-12-x"), std::nullopt);
  EXPECT_EQ(incident("fix/**/{incident}", "A|AB", "fix/a/b/AB"), "AB");
  EXPECT_EQ(incident("hotfix/*", "", "hotfix/x"), "");
  EXPECT_EQ(incident("hotfix/*", "", "hotfix/x/y"), std::nullopt);
  EXPECT_EQ(incident_of("hotfix/*", "", "hotfix/" + std::string(300, 'x')), std::nullopt);
}

TEST(HotfixBranches, AreARegularExpression) {
  EXPECT_EQ(hotfix_expression("hotfix/{incident}-*", "INC-[0-9]+"), "hotfix/(INC-[0-9]+)-[A-Za-z0-9._-]*");
  EXPECT_EQ(hotfix_expression("fix.{incident}/**", "A|B"), "fix\\.(A|B)/[A-Za-z0-9._/-]*");
  EXPECT_EQ(hotfix_expression("hotfix-?", ""), "hotfix-[A-Za-z0-9._-]");
}

TEST(Moments, HaveOneForm) {
  EXPECT_TRUE(parse_moment("2027-03-31 22:30 Europe/Berlin"));
  EXPECT_TRUE(parse_moment("2028-02-29 00:00 UTC"));
  for (const char* text : {"", "2027-03-31", "2027-03-31 22:30", "2027-03-31 22:30 ", "2027-02-29 22:30 UTC",
                           "2027-03-31T22:30 UTC", "2027-03-31 24:00 UTC", "2027-03-31 22:60 UTC",
                           "2027-3-31 22:30 UTC", "2027-03-31 22:30 ../UTC", "1969-12-31 22:30 UTC"})
    EXPECT_FALSE(parse_moment(text)) << text;
}

TEST(Moments, AreWrittenAsTheyWereRead) {
  EXPECT_EQ(to_string(*parse_moment("2027-03-01 02:05 Europe/Berlin")), "2027-03-01 02:05 Europe/Berlin");
}

TEST(Moments, AreToldInOtherZones) {
  const auto in = [](const char* zone, const char* moment) -> std::string {
    const auto time = local_time(zone, *parse_moment(moment));
    return time ? to_string(*time) : "unknown";
  };
  EXPECT_EQ(in("UTC", "2027-03-31 22:30 UTC"), "Wed 22:30");
  EXPECT_EQ(in("Europe/Berlin", "2027-03-31 22:30 UTC"), "Thu 00:30");
  EXPECT_EQ(in("Europe/Berlin", "2027-03-26 22:30 UTC"), "Fri 23:30");
  EXPECT_EQ(in("America/New_York", "2027-01-01 00:10 Europe/Berlin"), "Thu 18:10");
  EXPECT_EQ(in("UTC", "2027-03-28 02:30 Europe/Berlin"), "unknown");
  EXPECT_EQ(in("UTC", "2027-03-28 12:30 Europe/Utopia"), "unknown");
  // Without the database, as long as nothing has to be converted.
  EXPECT_EQ(in("Europe/Utopia", "2027-03-28 12:30 Europe/Utopia"), "Sun 12:30");
}

TEST(Moments, HaveADayInUtc) {
  const auto day = [](const char* moment) { return day_in_utc(*parse_moment(moment)); };
  using std::chrono::year_month_day;
  EXPECT_EQ(day("2027-04-01 00:30 Europe/Berlin"),
            (year_month_day{std::chrono::year(2027), std::chrono::month(3), std::chrono::day(31)}));
  EXPECT_EQ(day("2027-03-28 02:30 Europe/Berlin"), std::nullopt);
}

}  // namespace
}  // namespace pipec
