/** Holds objects to the rules of their schema, within a budget. */
import { fieldError, type FieldError, type FieldPath, fieldErrorText, rootPath } from '#machinery/field.ts';
import {
  Correlated,
  isUnchanged,
  oldElements,
  type Standing,
  standingAtIndex,
  standingAtKey,
} from './correlation.ts';
import { costLimitExceeded } from './budget.ts';
import type { Declaration } from './declaration.ts';
import { dynDeclaration } from './declare.ts';
import type { Environment } from './environment.ts';
import { escapeName } from './escape.ts';
import { isJsonObject, JsonList, JsonMap, JsonObject } from './json-values.ts';
import { messageSizeMax, perCallLimit, runtimeBudget } from './kubernetes.ts';
import { type CompiledRule, compileRules } from './rule.ts';
import { declareSchema, type StructuralSchema, type ValidationRule } from './structural.ts';
import { CelOptional, type CelValue, isError } from './values.ts';

export interface RuleOutcome {
  readonly errors: readonly FieldError[];
  /** What would be errors, had the values they are about not been there before (KEP-4008). */
  readonly warnings: readonly string[];
  /** What is left of the budget; negative when it ran out. */
  readonly remaining: number;
}

export interface RuleChecker {
  /**
   * Checks an object as its schema has it, `old` being what it was before an update. Objects that a schema check has
   * already refused must not come here. `path` is the object's own, the root's by default.
   */
  check(object: unknown, old?: unknown, options?: { path?: FieldPath; budget?: number }): RuleOutcome;
}

/** Compiles all rules of a schema of a resource; undefined where it has none. */
export function compileSchemaRules(
  schema: StructuralSchema,
  environment: Environment,
): RuleChecker | undefined {
  if (!hasRules(schema)) return undefined;
  const node = buildNode(schema, schema, true, declareSchema(schema, true), environment);
  if (!node) return undefined;
  return {
    check: (object, old, options = {}) => {
      const correlated = old === undefined || old === null ? undefined : new Correlated(object, old, schema);
      const run = new Run(options.budget ?? runtimeBudget);
      run.node(node, options.path ?? rootPath, object, old, { current: correlated });
      return { errors: run.errors, warnings: run.warnings, remaining: run.remaining };
    },
  };
}

function hasRules(schema: StructuralSchema): boolean {
  return (
    (schema['x-kubernetes-validations'] ?? []).length > 0 ||
    (schema.items !== undefined && hasRules(schema.items)) ||
    (typeof schema.additionalProperties === 'object' && hasRules(schema.additionalProperties)) ||
    Object.values(schema.properties ?? {}).some(hasRules) ||
    (schema.allOf ?? []).some(hasRules)
  );
}

/** The rules at and below a node of the schema. */
interface RuleNode {
  readonly schema: StructuralSchema;
  readonly declaration: Declaration | undefined;
  readonly rules: readonly CompiledRule[];
  readonly items: RuleNode | undefined;
  readonly values: RuleNode | undefined;
  readonly properties: ReadonlyMap<string, RuleNode>;
  readonly allOf: readonly RuleNode[];
}

/** `rules` is where the rules stand, `schema` what describes the values: within allOf the two differ. */
function buildNode(
  rules: StructuralSchema,
  schema: StructuralSchema,
  isRoot: boolean,
  declaration: Declaration | undefined,
  environment: Environment,
): RuleNode | undefined {
  const own = rules['x-kubernetes-validations'] ?? [];
  const child = (
    inner: StructuralSchema | undefined,
    of: StructuralSchema | undefined,
    as: Declaration | undefined,
  ) => inner && of && buildNode(inner, of, of['x-kubernetes-embedded-resource'] === true, as, environment);
  const node: RuleNode = {
    schema,
    declaration,
    rules: declaration && own.length > 0 ? compileRules(own, schema, declaration, environment) : [],
    items: child(rules.items, schema.items, declaration?.element),
    values: child(mapValues(rules), mapValues(schema), declaration?.element),
    properties: new Map(
      Object.entries(rules.properties ?? {}).flatMap(([name, property]) => {
        const of = schema.properties?.[name];
        const found = of && declaration && child(property, of, propertyDeclaration(declaration, of, name));
        return found ? [[name, found] as const] : [];
      }),
    ),
    allOf: (rules.allOf ?? []).flatMap(
      part => buildNode(part, schema, isRoot, declaration, environment) ?? [],
    ),
  };
  const isEmpty =
    node.rules.length === 0 &&
    !node.items &&
    !node.values &&
    node.properties.size === 0 &&
    node.allOf.length === 0;
  return isEmpty ? undefined : node;
}

function mapValues({ additionalProperties }: StructuralSchema): StructuralSchema | undefined {
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}

/** A property whose name no expression can write still has rules of its own. */
function propertyDeclaration(
  parent: Declaration,
  schema: StructuralSchema,
  name: string,
): Declaration | undefined {
  const escaped = escapeName(name);
  if (escaped !== undefined) return parent.fields?.get(escaped);
  return declareSchema(schema, schema['x-kubernetes-embedded-resource'] === true);
}

/** Rules are not run any more. */
class BudgetSpent extends Error {}

class Run {
  readonly errors: FieldError[] = [];
  readonly warnings: string[] = [];
  remaining: number;

  constructor(budget: number) {
    this.remaining = budget;
  }

  node(node: RuleNode, path: FieldPath, value: unknown, old: unknown, standing: Standing): void {
    try {
      this.#visit(node, path, value, old, standing);
    } catch (error) {
      if (!(error instanceof BudgetSpent)) throw error;
      this.remaining = -1;
    }
  }

  #visit(node: RuleNode, path: FieldPath, value: unknown, old: unknown, standing: Standing): void {
    if (value === null || value === undefined) return;
    this.#rules(node, path, value, old ?? undefined, standing);
    for (const part of node.allOf) this.#visit(part, path, value, old, { above: standing.above });
    if (Array.isArray(value)) {
      this.#list(node, path, value, old, standing);
    } else if (isJsonObject(value)) {
      this.#object(node, path, value, isJsonObject(old) ? old : {}, standing);
    }
  }

  #list(node: RuleNode, path: FieldPath, value: readonly unknown[], old: unknown, standing: Standing): void {
    if (!node.items) return;
    const before = oldElements(node.schema, old);
    for (const [i, item] of value.entries()) {
      this.#visit(node.items, path.index(i), item, before(item), standingAtIndex(standing, i));
    }
  }

  #object(
    node: RuleNode,
    path: FieldPath,
    value: Readonly<Record<string, unknown>>,
    old: Readonly<Record<string, unknown>>,
    standing: Standing,
  ): void {
    for (const name of Object.keys(value)) {
      const before = Object.hasOwn(old, name) ? old[name] : undefined;
      if (node.values)
        this.#visit(node.values, path.key(name), value[name], before, standingAtKey(standing, name));
      const property = node.properties.get(name);
      if (property)
        this.#visit(property, path.child(name), value[name], before, standingAtKey(standing, name));
    }
  }

  #rules(node: RuleNode, path: FieldPath, value: unknown, old: unknown, standing: Standing): void {
    if (node.rules.length === 0) return;
    const type = node.schema.type ?? '';
    if (this.remaining <= 0) throw this.#outOfBudget(path, type);
    const self = node.declaration!.read(value);
    const oldSelf = old === undefined ? undefined : node.declaration!.read(old);
    for (const compiled of node.rules) {
      const values = { self, oldSelf };
      if (this.#holds(compiled, path, type, values)) continue;
      const at = compiled.fieldPath === '' ? path : path.child(compiled.fieldPath);
      const report = (error: FieldError): void => {
        if (!compiled.usesOldSelf && isUnchanged(standing)) this.warnings.push(fieldErrorText(error));
        else this.errors.push(error);
      };
      const detail = this.#message(compiled, values, detail => report(fieldError.invalid(at, type, detail)));
      report(ruleError(compiled.rule, at, detail, isScalar(type) ? { value } : undefined));
    }
  }

  #outOfBudget(path: FieldPath, type: string): BudgetSpent {
    const detail =
      'validation failed due to running out of cost budget, no further validation rules will be run';
    this.errors.push(fieldError.invalid(path, type, detail));
    return new BudgetSpent();
  }

  /** Whether there is nothing more to say: it holds, does not apply, or its failure is told. */
  #holds(
    { rule, program, error, usesOldSelf }: CompiledRule,
    path: FieldPath,
    type: string,
    { self, oldSelf }: Selves,
  ): boolean {
    if (error !== undefined) {
      this.errors.push(fieldError.invalid(path, type, `rule compile error: ${error}`));
      return true;
    }
    const optional = rule.optionalOldSelf === true;
    if (!program || (usesOldSelf && oldSelf === undefined && !optional)) return true;
    const old = optional ? optionalOld(oldSelf) : oldSelf;
    const { value, cost } = program.evaluate({ self, oldSelf: old }, perCallLimit);
    if (cost > this.remaining) throw this.#outOfBudget(path, type);
    this.remaining -= cost;
    if (isError(value)) {
      this.#failed(path, type, ruleText(rule), value.message);
      return true;
    }
    return value === true;
  }

  /** The expression could not be evaluated. */
  #failed(path: FieldPath, type: string, rule: string, message: string): void {
    const push = (detail: string) => this.errors.push(fieldError.invalid(path, type, detail));
    if (message.startsWith('no such overload')) {
      push(
        `'${message}': call arguments did not match a supported operator, function or macro signature for rule: ${rule}`,
      );
    } else if (message.startsWith(costLimitExceeded)) {
      push(
        `'${message}': no further validation rules will be run due to call cost exceeds limit for rule: ${rule}`,
      );
      throw new BudgetSpent();
    } else {
      push(`${message} evaluating rule: ${rule}`);
    }
  }

  /** What the messageExpression says, or the message where it says nothing useful. It sees oldSelf as it is, no optional. */
  #message({ rule, message }: CompiledRule, values: Selves, report: (detail: string) => void): string {
    if (!message) return defaultMessage(rule);
    const { value, cost } = message.evaluate({ ...values }, perCallLimit);
    const give = (detail: string): BudgetSpent => {
      report(detail);
      return new BudgetSpent();
    };
    if (cost > this.remaining) {
      throw give(
        'messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run',
      );
    }
    if (isError(value) && value.message.startsWith(costLimitExceeded)) {
      const quoted = JSON.stringify(rule.messageExpression);
      throw give(
        `no further validation rules will be run due to call cost exceeds limit for messageExpression: ${quoted}`,
      );
    }
    this.remaining -= cost;
    if (typeof value !== 'string') return defaultMessage(rule);
    const text = value.trim();
    const isUseful =
      text !== '' && !text.includes('\n') && new TextEncoder().encode(text).length <= messageSizeMax;
    return isUseful ? text : defaultMessage(rule);
  }
}

/** Values of the expressions' variables. */
interface Selves {
  readonly self: CelValue;
  readonly oldSelf: CelValue | undefined;
}

/** Within an optional upstream forgets the schema: lists and objects are plain JSON. */
function optionalOld(old: CelValue | undefined): CelOptional {
  if (old === undefined || old === null) return CelOptional.none;
  const isJson = old instanceof JsonObject || old instanceof JsonMap || old instanceof JsonList;
  return CelOptional.of(isJson ? dynDeclaration.read(old.json) : old);
}

function isScalar(type: string): boolean {
  return type !== 'object' && type !== 'array';
}

function ruleText({ rule, message }: ValidationRule): string {
  return (message ? message : rule).trim();
}

function defaultMessage(rule: ValidationRule): string {
  return rule.message ? rule.message.trim() : `failed rule: ${ruleText(rule)}`;
}

/** By the reason that the rule gives. Values of objects and lists are not shown. */
function ruleError(
  rule: ValidationRule,
  path: FieldPath,
  detail: string,
  shown: { value: unknown } | undefined,
): FieldError {
  switch (rule.reason) {
    case 'FieldValueForbidden':
      return fieldError.forbidden(path, detail);
    case 'FieldValueRequired':
      return fieldError.required(path, detail);
    case 'FieldValueDuplicate':
      if (shown) return fieldError.duplicate(path, shown.value);
      return { type: 'FieldValueDuplicate', field: String(path) || '<nil>', message: 'Duplicate value' };
    default:
      if (shown) return fieldError.invalid(path, shown.value, detail);
      return {
        type: 'FieldValueInvalid',
        field: String(path) || '<nil>',
        message: `Invalid value: ${detail}`,
      };
  }
}
