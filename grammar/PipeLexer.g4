// The words of the language. Every keyword is also a name wherever a name is expected (rule `name` of
// PipeParser.g4), so adding one does not break files that use the word.
lexer grammar PipeLexer;

channels { COMMENTS, DOCS }

// Every word is a NAME to the lexer; compiler/parse/token_stream.cpp turns those of keywords.def into these. The
// lexer then has few states, which it must work out at every start.
tokens {
  PIPE, IMPORT, AS, LET, VARIANT, CAPABILITY, PROFILE, PIPELINE, BASE, EXTENDS, ACTION,
  GATE, APPROVAL, DEPLOY, SOURCE, METRIC, ENVIRONMENT, ARTIFACT, STAGE, IN, PARALLEL,
  SEQUENCE, ALWAYS, ROUTE, HOTFIX, METRICS, NOTIFY, WAIVE, NOT_APPLICABLE, ATTEST, TARGET, BLOCK,
  ON, TEST, GROUP, RUNBOOK, STEP, CONFIRM, LINK, SKIP_, BECAUSE, OVERRIDE,
  UNSET, ADD, BEFORE, AFTER, REPLACE, WITH, FINAL, REQUIRE, RECOMMEND, FORBID,
  ORDER, WHEN, RULE, PARAM, GIVEN, EXPECT, SEVERITY, RECORD, ENUM
}

NAME: [A-Za-z] [A-Za-z0-9_-]*;

// Everything that starts with a digit is one token and is classified later, so that `10min` gets "write
// 10m" and not a puzzle about the keyword `in`.
DATE: D D D D '-' D D '-' D D;
NUMBER: D [0-9A-Za-z_.]* '%'?;
fragment D: [0-9];

// An unterminated block reaches to the end of the file; the parser's builder reports it.
BLOCK_TEXT: '"""' .*? ('"""' | EOF);
TEXT: '"' (~["\\\r\n] | '\\' ~[\r\n])* '"';
RAW: '\'' ~['\r\n]* '\'';
UNTERMINATED: '"' (~["\\\r\n] | '\\' ~[\r\n])* | '\'' ~['\r\n]*;

LB: '{'; RB: '}'; LS: '['; RS: ']'; LP: '('; RP: ')'; EQ: '='; COMMA: ','; COLON: ':'; DOT: '.';
LT: '<'; GT: '>'; LE: '<='; GE: '>='; NE: '!='; BAR: '|'; QM: '?'; ARROW: '->'; PLUSEQ: '+=';

DOC: '##' ~[\r\n]* -> channel(DOCS);
COMMENT: '#' ~[\r\n]* -> channel(COMMENTS);
WS: [ \t\r\n]+ -> skip;
BAD: .;
