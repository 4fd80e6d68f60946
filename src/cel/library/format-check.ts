/** Formats whose text and list are literals are checked before anything runs. */
import { type Call, type Expr, walk } from '../ast.ts';
import type { Checked } from '../checked.ts';
import type { Issue } from '../source.ts';
import type { TypeKind } from '../types.ts';
import { EvaluationError } from './define.ts';
import { type Clause, clauseTypes, parseFormat } from './format.ts';

const integers: readonly TypeKind[] = ['int', 'uint'];
const doubles: readonly TypeKind[] = ['double', 'string'];
const printable: readonly TypeKind[] = [
  ...[
    'list',
    'map',
    'int',
    'uint',
    'double',
    'bool',
    'string',
    'timestamp',
    'bytes',
    'duration',
    'type',
    'null',
  ],
] as TypeKind[];

const kinds: Readonly<Record<string, readonly TypeKind[]>> = {
  s: printable,
  d: integers,
  f: doubles,
  e: doubles,
  b: [...integers, 'bool'],
  o: integers,
  x: [...integers, 'string', 'bytes'],
  X: [...integers, 'string', 'bytes'],
};

/** All calls of `format` in an expression. */
export function validateFormats(checked: Checked): readonly Issue[] {
  const issues: Issue[] = [];
  walk(checked.expr, expr => {
    if (expr.kind === 'call' && expr.name === 'format') issues.push(...checkFormat(expr, checked));
  });
  return issues;
}

function checkFormat(call: Call, checked: Checked): readonly Issue[] {
  const [list] = call.args;
  const { target } = call;
  if (target?.kind !== 'literal' || typeof target.value !== 'string') return [];
  if (call.args.length !== 1 || list?.kind !== 'list') return [];
  const args = list.elements.map(element => element.value);
  try {
    return checkClauses(call, target.value, args, checked);
  } catch (error) {
    if (error instanceof EvaluationError) return [{ offset: call.offset, message: error.message }];
    throw error;
  }
}

function checkClauses(call: Call, text: string, args: readonly Expr[], checked: Checked): readonly Issue[] {
  let count = 0;
  for (const part of parseFormat(text)) {
    if (typeof part === 'string') continue;
    const arg = args[count++];
    if (!arg) return [{ offset: call.offset, message: `index ${count - 1} out of range` }];
    const bad = mismatch(part, arg, checked);
    if (bad) return [{ offset: bad.offset, message: refusal(part, bad, checked) }];
  }
  if (args.length <= count) return [];
  const message = `too many arguments supplied to string.format (expected ${count}, got ${args.length})`;
  return [{ offset: call.offset, message }];
}

function refusal({ letter }: Clause, arg: Expr, checked: Checked): string {
  return `error during formatting: ${clauseTypes[letter]}, was given ${checked.types.get(arg)!.name}`;
}

/** The expression that the clause does not take: the argument, or for %s what is in a literal list or map. */
function mismatch(clause: Clause, arg: Expr, checked: Checked): Expr | undefined {
  const { kind } = checked.types.get(arg)!;
  if (kind !== 'dyn' && !kinds[clause.letter]!.includes(kind)) return arg;
  if (clause.letter !== 's') return undefined;
  const inner =
    arg.kind === 'list'
      ? arg.elements.map(element => element.value)
      : arg.kind === 'map'
        ? arg.entries.flatMap(entry => [entry.key, entry.value])
        : [];
  for (const expr of inner) {
    const bad = mismatch(clause, expr, checked);
    if (bad) return bad;
  }
  return undefined;
}
