// The grammar of `.pipe` files. It accepts a little more than the language: `:` or nothing where `=` belongs,
// a parameter in any body. The builder in compiler/parse reports those with what to write instead, which says
// more than a list of expected tokens.
parser grammar PipeParser;

options { tokenVocab = PipeLexer; superClass = 'pipec::parse::BaseParser'; contextSuperClass = 'pipec::parse::BaseNode'; }

@postinclude { #include "compiler/parse/base_classes.h" }

file: (PIPE NUMBER)? topLevel* EOF;

topLevel
  : importDecl | letDecl | variantDecl | capabilityDecl | profileDecl | groupDecl | definition
  | stageDefinition | pipelineDecl | testDecl | runbookDecl | targetDecl | severityDecl
  ;

// Declarations.

importDecl: IMPORT (name | TEXT) LB (importItem (COMMA importItem)* COMMA?)? RB;
importItem: name (AS name)?;

letDecl: LET name COLON type EQ expr;

variantDecl: VARIANT name LB constructor* RB;
constructor: name (LP (parameter (COMMA parameter)* COMMA?)? RP)?;
parameter: name COLON type (EQ expr)?;

capabilityDecl: CAPABILITY name COLON capabilityKind (EXTENDS path)? body;
capabilityKind: ACTION | GATE | APPROVAL | DEPLOY | SOURCE | METRIC;

groupDecl: GROUP name propertyBody;
propertyBody: LB property* RB;

severityDecl: SEVERITY propertyBody;

definition: element;
stageDefinition: STAGE name LP (parameter (COMMA parameter)* COMMA?)? RP (COLON name)? (IN path)? stageBody;

testDecl: TEST TEXT LB testItem* RB;
testItem: GIVEN pipelineDecl | GIVEN propertyBody | GIVEN property | EXPECT path relation expr | property;
// A word is `contains`, `lacks` or `before`; the builder says so when it is another one.
relation: comparison | name;

runbookDecl: RUNBOOK name LB runbookItem* RB;
runbookItem: STEP TEXT propertyBody? | CONFIRM TEXT | LINK TEXT | property;

targetDecl: TARGET name LB targetItem* RB;
targetItem: PARAM parameter | BLOCK name LB (PARAM parameter)* RB | property;

// Profiles.

profileDecl: PROFILE name (EXTENDS path)? LB profileItem* RB;
profileItem
  : STAGE name LB profileItem* RB                                                        # role
  | requirementLevel path (BAR path)* (WITH LP name (COMMA name)* COMMA? RP)? (IN name)?
      (WHEN condition)? propertyBody?                                                    # requirement
  | ORDER path (BEFORE | AFTER) path propertyBody?                                       # orderRule
  | RULE name propertyBody                                                               # rule
  | name (LT | LE) expr propertyBody?                                                    # budgetRule
  | property                                                                             # profileProperty
  ;
requirementLevel: REQUIRE | RECOMMEND | FORBID;
condition: expr (comparison expr)?;
comparison: EQ | NE | LT | LE | GT | GE;

// Pipelines.

pipelineDecl: BASE? PIPELINE name (COLON path)? (EXTENDS path)? LB pipelineItem* RB;
pipelineItem
  : (SOURCE | ENVIRONMENT | TARGET) name propertyBody     # block
  | (METRICS | NOTIFY) propertyBody                       # namelessBlock
  | ARTIFACT name EQ expr                                 # artifact
  | stage                                                 # pipelineStage
  | ROUTE name LB routeItem* RB                           # route
  | HOTFIX LB routeItem* RB                               # hotfix
  | (WAIVE | NOT_APPLICABLE | ATTEST) path reason? propertyBody? reason?  # exemption
  | derivation                                            # pipelineDerivation
  | property                                              # pipelineProperty
  ;

stage
  : STAGE name (COLON name)? EQ path LP (argument (COMMA argument)* COMMA?)? RP stageBody?
  | STAGE name (COLON name)? (IN path)? stageBody?
  ;
stageBody: LB stageItem* RB;
stageItem: element | orderGroup | property;
orderGroup: (PARALLEL | SEQUENCE | ALWAYS) name? LB stageItem* RB;

element: elementKind name (COLON path (COMMA path)*)? body?;
elementKind: ACTION | GATE | APPROVAL | DEPLOY;
body: LB bodyItem* RB;
bodyItem: PARAM parameter | ON name propertyBody | property;

// The override algebra.

routeItem: derivation | property;
// A reason behind a body is read to be reported.
derivation
  : SKIP_ place (COMMA place)* reason?                                                    # skip
  | OVERRIDE place reason? body reason?                                                   # override
  | ADD (element | stage) ((BEFORE | AFTER) place)? reason?                               # add
  | REPLACE place WITH elementKind name (COLON path (COMMA path)*)? reason? body? reason? # replace
  | FINAL LS path (COMMA path)* COMMA? RS                                                 # final
  ;
place: STAGE? path;
reason: BECAUSE (TEXT | RAW | BLOCK_TEXT);

// Properties, values, types.

property
  : key (EQ | PLUSEQ | COLON) expr COMMA?  # assignment
  | UNSET key COMMA?                       # removal
  | plainKey record COMMA?                 # missingEquals
  ;
key: name | TEXT;
// Not a keyword: otherwise `stage { … }` would read as a property.
plainKey: NAME | TEXT;

expr
  : TEXT                                                 # text
  | RAW                                                  # raw
  | BLOCK_TEXT                                           # blockText
  | NUMBER                                               # number
  | DATE                                                 # date
  | LS (expr (COMMA expr)* COMMA?)? RS                   # list
  | record                                               # recordValue
  | path LP (argument (COMMA argument)* COMMA?)? RP      # call
  | path ARROW record                                    # table
  | path                                                 # reference
  ;
record: LB property* RB;
argument: (name EQ)? expr;
path: name (DOT name)*;

type
  : RECORD LB (typeField (COMMA? typeField)* COMMA?)? RB QM?  # recordType
  | ENUM LB (name (COMMA name)* COMMA?)? RB QM?               # enumType
  | name (LT type ((BAR | COMMA) type)* GT)? QM?              # namedType
  ;
typeField: name COLON type (EQ expr)?;

name
  : NAME | PIPE | IMPORT | AS | LET | VARIANT | CAPABILITY | PROFILE | PIPELINE | BASE | EXTENDS | ACTION | GATE
  | APPROVAL | DEPLOY | SOURCE | METRIC | ENVIRONMENT | ARTIFACT | STAGE | IN | PARALLEL | SEQUENCE | ALWAYS
  | ROUTE | HOTFIX | METRICS | NOTIFY | WAIVE | NOT_APPLICABLE | ATTEST | TARGET | BLOCK | ON | TEST | GROUP | RUNBOOK
  | STEP | CONFIRM | LINK | SKIP_ | BECAUSE | OVERRIDE | UNSET | ADD | BEFORE | AFTER | REPLACE | WITH | FINAL
  | REQUIRE | RECOMMEND | FORBID | ORDER | WHEN | RULE | PARAM | GIVEN | EXPECT | SEVERITY | RECORD | ENUM
  ;
