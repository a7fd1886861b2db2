// The words of the language. Every keyword is also a name wherever a name is expected (rule `name` of
// PipeParser.g4), so adding one does not break files that use the word.
lexer grammar PipeLexer;

channels { COMMENTS, DOCS }

PIPE: 'pipe'; IMPORT: 'import'; AS: 'as'; LET: 'let'; VARIANT: 'variant'; CAPABILITY: 'capability';
PROFILE: 'profile'; PIPELINE: 'pipeline'; EXTENDS: 'extends'; ACTION: 'action'; GATE: 'gate';
APPROVAL: 'approval'; DEPLOY: 'deploy'; SOURCE: 'source'; METRIC: 'metric'; ENVIRONMENT: 'environment';
ARTIFACT: 'artifact'; STAGE: 'stage'; IN: 'in'; PARALLEL: 'parallel'; SEQUENCE: 'sequence';
ALWAYS: 'always'; ROUTE: 'route'; HOTFIX: 'hotfix'; METRICS: 'metrics'; NOTIFY: 'notify'; WAIVE: 'waive';
NOT_APPLICABLE: 'not_applicable'; TARGET: 'target'; BLOCK: 'block'; ON: 'on'; TEST: 'test'; GROUP: 'group';
RUNBOOK: 'runbook'; STEP: 'step'; CONFIRM: 'confirm'; LINK: 'link'; SKIP_: 'skip'; BECAUSE: 'because';
OVERRIDE: 'override'; UNSET: 'unset'; ADD: 'add'; BEFORE: 'before'; AFTER: 'after'; REPLACE: 'replace';
WITH: 'with'; FINAL: 'final'; REQUIRE: 'require'; RECOMMEND: 'recommend'; FORBID: 'forbid'; ORDER: 'order';
WHEN: 'when'; RULE: 'rule'; PARAM: 'param'; GIVEN: 'given'; EXPECT: 'expect'; RECORD: 'record'; ENUM: 'enum';

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
