/**
 * The rules of a custom resource's schema (x-kubernetes-validations, KEP-2876): what a CustomResourceDefinition may say,
 * with upstream's estimated cost limits. `rule-checker.ts` holds objects to them.
 */
import type { Steps } from '#base/steps.ts';
import { fieldError, type FieldError, type FieldPath } from '#machinery/field.ts';
import type { Declaration } from './declaration.ts';
import type { Environment } from './environment.ts';
import { FieldPathError, resolveFieldPath } from './field-path.ts';
import { type CompiledRule, compileRules } from './rule.ts';
import { declareSchema, maxRequestSize, type StructuralSchema, type ValidationRule } from './structural.ts';

/** The most that one rule may be estimated to cost over all the places that it stands for in an object. */
const ruleCostMax = 10_000_000;
/** The most that all rules of a schema may be estimated to cost together. */
const schemaCostMax = 100_000_000;

export interface SchemaRuleOptions {
  readonly environment: Environment;
  /** For a schema that was accepted before: what its rules cost one by one is not held against it. */
  readonly ignoreRuleCosts?: boolean;
  /** What else is wrong with the schema: expressions at and above such places are not worth a message. */
  readonly schemaErrors: readonly FieldError[];
}

/**
 * What is wrong with the expressions of a version's openAPIV3Schema, which is at `path` (`...schema.openAPIV3Schema`).
 * The form of the rules is `checkRuleForm`'s.
 */
export function* checkSchemaRules(
  schema: StructuralSchema,
  path: FieldPath,
  options: SchemaRuleOptions,
): Steps<readonly FieldError[]> {
  const check = new SchemaCheck(options);
  for (const node of nodesWithRules({
    schema,
    path,
    isRoot: true,
    cardinality: 1,
    uncorrelatable: undefined,
  })) {
    yield;
    check.node(node);
  }
  return [...check.errors, ...check.totalErrors(path)];
}

interface Node {
  readonly schema: StructuralSchema;
  readonly path: FieldPath;
  readonly isRoot: boolean;
  /** How often it can be there in an object; undefined where nothing bounds it. */
  readonly cardinality: number | undefined;
  /** The nearest schema above whose parts cannot be told apart between two revisions. */
  readonly uncorrelatable: FieldPath | undefined;
}

class SchemaCheck {
  readonly errors: FieldError[] = [];
  readonly #options: SchemaRuleOptions;
  #total = 0;
  #expensive: { readonly path: FieldPath; readonly cost: number }[] = [];

  constructor(options: SchemaRuleOptions) {
    this.#options = options;
  }

  node(node: Node): void {
    if (this.#isInvalid(node.path)) return;
    this.#expressions(node, rulesOf(node), node.path.child('x-kubernetes-validations'));
  }

  #isInvalid(path: FieldPath): boolean {
    const prefix = path.toString();
    return this.#options.schemaErrors.some(({ field }) => field.startsWith(prefix));
  }

  #expressions(node: Node, rules: readonly ValidationRule[], path: FieldPath): void {
    const isResource = node.isRoot || node.schema['x-kubernetes-embedded-resource'] === true;
    const declaration = declareSchema(node.schema, isResource);
    if (!declaration) {
      const reason = 'unable to convert structural schema to CEL declarations';
      const detail = `internal error: failed to construct type information for x-kubernetes-validations rules: ${reason}`;
      this.errors.push(fieldError.internal(path, detail));
      return;
    }
    const compiled = compileRules(rules, node.schema, declaration, this.#options.environment);
    for (const [i, rule] of compiled.entries()) this.#rule(node, rule, declaration, path.index(i));
  }

  #rule(node: Node, compiled: CompiledRule, declaration: Declaration, path: FieldPath): void {
    const { rule, program, error, message, messageError, usesOldSelf } = compiled;
    const times = node.cardinality ?? Math.floor(maxRequestSize / (declaration.minSerializedSize + 1));
    const cost = program ? product(program.estimate.max, times) : 0;
    this.#cost('estimated rule cost', path.child('rule'), cost);
    if (error !== undefined) this.errors.push(invalidRule(path.child('rule'), rule, error));
    if (messageError !== undefined)
      this.errors.push(invalidRule(path.child('messageExpression'), rule, messageError));
    else if (message)
      this.#cost('estimated messageExpression cost', path.child('messageExpression'), message.estimate.max);
    if (usesOldSelf) {
      if (!node.uncorrelatable) return;
      const detail = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${node.uncorrelatable}`;
      this.errors.push(fieldError.invalid(path.child('rule'), rule.rule, detail));
    } else if (rule.optionalOldSelf !== undefined) {
      const detail = 'may not be set if oldSelf is not used in rule';
      this.errors.push(fieldError.invalid(path.child('optionalOldSelf'), rule.optionalOldSelf, detail));
    }
  }

  /** Counts a cost, and refuses what is too much by itself. */
  #cost(what: string, path: FieldPath, cost: number): void {
    if (cost > ruleCostMax && !this.#options.ignoreRuleCosts) {
      this.errors.push(fieldError.forbidden(path, costMessage(what, cost, ruleCostMax)));
    }
    this.#total += cost;
    if (cost < schemaCostMax / 100) return;
    this.#expensive.push({ path, cost });
    this.#expensive = this.#expensive.sort((a, b) => (b.cost === a.cost ? 0 : b.cost - a.cost)).slice(0, 4);
  }

  /** What is wrong with all rules together. */
  totalErrors(path: FieldPath): readonly FieldError[] {
    if (this.#total <= schemaCostMax) return [];
    const part = 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema';
    const what = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema';
    return [
      ...this.#expensive.map(rule => fieldError.forbidden(rule.path, part)),
      fieldError.forbidden(path, costMessage(what, this.#total, schemaCostMax)),
    ];
  }
}

function rulesOf({ schema }: Node): readonly ValidationRule[] {
  return schema['x-kubernetes-validations'] ?? [];
}

/** A node comes after those below it. */
function nodesWithRules(root: Node): readonly Node[] {
  const found: Node[] = [];
  const visit = (node: Node) => {
    for (const child of childNodes(node)) visit(child);
    if (rulesOf(node).length > 0) found.push(node);
  };
  visit(root);
  return found;
}

function product(cost: number, times: number): number {
  return cost === 0 || times === 0 ? 0 : cost * times;
}

function costMessage(what: string, cost: number, max: number): string {
  const factor = cost / max;
  const shown =
    factor > 100 ? 'more than 100x' : factor < 1.5 ? `${factor.toFixed(6)}x` : `${factor.toFixed(1)}x`;
  return `${what} exceeds budget by factor of ${shown} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`;
}

function* childNodes(node: Node): Iterable<Node> {
  const { schema, path } = node;
  const { additionalProperties, properties, items } = schema;
  const below = { ...node, isRoot: false, cardinality: childCardinality(node) };
  if (typeof additionalProperties === 'object') {
    yield { ...below, schema: additionalProperties, path: path.child('additionalProperties') };
  }
  const mapType = schema['x-kubernetes-map-type'] ?? 'granular';
  const fields =
    mapType === 'granular' || mapType === 'atomic'
      ? below
      : { ...below, uncorrelatable: node.uncorrelatable ?? path };
  for (const [name, property] of Object.entries(properties ?? {})) {
    yield { ...fields, schema: property, path: path.child('properties').key(name) };
  }
  if (!items) return;
  // Only elements of keyed lists can be told apart between two revisions.
  const uncorrelatable =
    schema['x-kubernetes-list-type'] === 'map' ? node.uncorrelatable : (node.uncorrelatable ?? path);
  yield { ...below, schema: items, path: path.child('items'), uncorrelatable };
}

/** How often each part of a node's value can be there. */
function childCardinality({ schema, cardinality }: Node): number | undefined {
  if (cardinality === undefined) return undefined;
  const isMap = schema.type === 'object' && schema.additionalProperties !== undefined;
  if (!isMap && schema.type !== 'array') return cardinality;
  const max = isMap ? schema.maxProperties : schema.maxItems;
  return max === undefined ? undefined : cardinality * Math.max(max, 0);
}

const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];

/**
 * What is wrong with the rules of the schema at `path` whatever their expressions say. In a schema that cannot be read, any
 * field may be named.
 */
export function checkRuleForm(
  schema: StructuralSchema,
  path: FieldPath,
  isReadable: () => boolean = () => true,
): FieldError[] {
  const rules = schema['x-kubernetes-validations'] ?? [];
  const at = path.child('x-kubernetes-validations');
  return rules.flatMap((rule, i) => [...ruleProblems(rule, schema, at.index(i), isReadable)]);
}

function* ruleProblems(
  rule: ValidationRule,
  schema: StructuralSchema,
  path: FieldPath,
  isReadable: () => boolean,
): Iterable<FieldError> {
  yield* messageProblems(rule, path);
  const { messageExpression, reason, fieldPath } = rule;
  if (messageExpression && messageExpression.trim() === '') {
    yield fieldError.required(
      path.child('messageExpression'),
      'messageExpression must be non-empty if specified',
    );
  }
  if (reason !== undefined && !reasons.includes(reason)) {
    yield fieldError.notSupported(path.child('reason'), reason, reasons);
  }
  if (!fieldPath) return;
  const at = path.child('fieldPath');
  if (fieldPath.trim() === '') yield fieldError.invalid(at, fieldPath, 'must be non-empty if specified');
  if (/[\n\r]/.test(fieldPath)) yield fieldError.invalid(at, fieldPath, 'must not contain line breaks');
  if (!isFieldPath(fieldPath, schema) && isReadable())
    yield fieldError.invalid(at, fieldPath, 'must be a valid path');
}

function* messageProblems(
  { rule = '', message = '' }: ValidationRule,
  path: FieldPath,
): Iterable<FieldError> {
  const hasBreaks = (text: string) => /[\n\r]/.test(text);
  if (rule.trim() === '') yield fieldError.required(path.child('rule'), 'rule is not specified');
  else if (message !== '' && message.trim() === '') {
    yield fieldError.invalid(path.child('message'), message, 'must be non-empty if specified');
  } else if (hasBreaks(message.trim())) {
    yield fieldError.invalid(path.child('message'), message, 'must not contain line breaks');
  } else if (hasBreaks(rule.trim()) && message.trim() === '') {
    yield fieldError.required(
      path.child('message'),
      'message must be specified if rule contains line breaks',
    );
  }
}

function isFieldPath(text: string, schema: StructuralSchema): boolean {
  try {
    resolveFieldPath(text, schema);
    return true;
  } catch (error) {
    if (error instanceof FieldPathError) return false;
    throw error;
  }
}

/** The error's value is the rule as Go prints upstream's own form of it. */
function invalidRule(path: FieldPath, rule: ValidationRule, detail: string): FieldError {
  const value = {
    Rule: rule.rule,
    Message: rule.message ?? '',
    MessageExpression: rule.messageExpression ?? '',
    Reason: rule.reason ?? null,
    FieldPath: rule.fieldPath ?? '',
    OptionalOldSelf: rule.optionalOldSelf ?? null,
  };
  const text = JSON.stringify(value).replace(/[<>&]/g, sign => `\\u00${sign.charCodeAt(0).toString(16)}`);
  return { type: 'FieldValueInvalid', field: String(path), message: `Invalid value: ${text}: ${detail}` };
}
