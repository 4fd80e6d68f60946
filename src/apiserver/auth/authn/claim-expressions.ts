import { type Compiled, compileAdmission, results, type Results } from '#cel/admission.ts';
import { type Expr, operator, walk } from '#cel/ast.ts';
import type { Declaration } from '#cel/declaration.ts';
import {
  dynDeclaration,
  listDeclaration,
  mapDeclaration,
  objectDeclaration,
  stringDeclaration,
} from '#cel/declare.ts';
import { JsonList, JsonMap, isJsonObject } from '#cel/json-values.ts';
import { baseEnvironment, perCallLimit } from '#cel/kubernetes.ts';
import { parse } from '#cel/parser.ts';
import { CelDouble, CelError, type CelValue } from '#cel/values.ts';
import type { UserInfo } from '../../identity.ts';

/** A claim as Go's decoder reads it: every number is a double. Members may be asked for by names with escapes. */
const claim: Declaration = { ...dynDeclaration, read: readClaim };

class ClaimMap extends JsonMap {
  override find(key: CelValue): CelValue | undefined {
    return super.find(typeof key === 'string' ? unescaped(key) : key);
  }
}

function readClaim(json: unknown): CelValue {
  if (typeof json === 'number') return new CelDouble(json);
  if (Array.isArray(json)) return new JsonList(json, claim);
  return isJsonObject(json) ? new ClaimMap(json, claim) : dynDeclaration.read(json);
}

const escapes: Readonly<Record<string, string>> = {
  __underscores__: '__',
  __dot__: '.',
  __dash__: '-',
  __slash__: '/',
};

function unescaped(name: string): string {
  return name.replace(/__(?:underscores|dot|dash|slash)__/g, part => escapes[part]!);
}

const text = stringDeclaration;
const texts = listDeclaration(text);
const environments = {
  claims: baseEnvironment().with({ claims: mapDeclaration(claim) }),
  user: baseEnvironment().with({
    user: objectDeclaration('kubernetes.UserInfo', {
      username: text,
      uid: text,
      groups: texts,
      extra: mapDeclaration(texts),
    }),
  }),
};

export type About = keyof typeof environments;

/** An expression over the claims of a token, or over the user that they make. */
export class ClaimExpression {
  readonly text: string;
  readonly #about: About;
  readonly #compiled: Compiled;

  constructor(about: About, expression: string, allowed: Results = results.anything) {
    this.text = expression;
    this.#about = about;
    this.#compiled = compileAdmission(expression, environments[about], allowed);
  }

  /** What is wrong with it. */
  get problem(): string | undefined {
    // What it evaluates to instead is not told of claims.
    const { error } = this.#compiled;
    return error?.startsWith('must evaluate to ') ? error.split(' but got ')[0] : error;
  }

  /** Throws where it fails. */
  evaluate(value: unknown): CelValue {
    const { program, error } = this.#compiled;
    const found = program?.evaluate({ [this.#about]: value }, perCallLimit).value;
    if (found === undefined || found instanceof CelError) {
      throw new Error(`expression '${this.text}' resulted in error: ${found?.message ?? error}`);
    }
    return found;
  }
}

/** Whether an expression asks for that claim by name. */
export function usesClaim(expression: string, name: string): boolean {
  const { expr } = parse(expression, environments.claims);
  let isUsed = false;
  const isClaims = (of: Expr | undefined) => of?.kind === 'ident' && of.name === 'claims';
  if (expr) {
    walk(expr, at => {
      if (at.kind === 'select') isUsed ||= at.field === name && isClaims(at.operand);
      if (at.kind === 'call' && at.name === operator.optionalSelect) {
        const [of, field] = at.args;
        isUsed ||= isClaims(of) && field?.kind === 'literal' && field.value === name;
      }
    });
  }
  return isUsed;
}

export function userValue({ name, uid = '', groups, extra = {} }: UserInfo): object {
  return { username: name, uid, groups, extra };
}
