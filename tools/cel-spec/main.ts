/**
 * `node tools/cel-spec/main.ts PATH [--verbose]`: runs the language's public test data (the folder
 * tests/simple/testdata of a copy of google/cel-spec) and prints the share that passes, file by file.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from '#cel/compile.ts';
import { valueDeclaration } from '#cel/declare.ts';
import { Environment } from '#cel/environment.ts';
import { equal } from '#cel/equality.ts';
import { standardLibrary } from '#cel/library/standard.ts';
import { optionalLibrary } from '#cel/library/optional.ts';
import { stringsLibrary } from '#cel/library/strings.ts';
import { twoVariableLibrary } from '#cel/library/comprehensions.ts';
import { cidrLibrary, ipLibrary } from '#cel/library/network.ts';
import { bindMacro } from '#cel/macros.ts';
import { valueText } from '#cel/text.ts';
import { typeText } from '#cel/types.ts';
import { CelDouble, type CelValue, isError } from '#cel/values.ts';
import { type Message, messageOf, messagesOf, parseTextproto, textOf, wordOf } from './textproto.ts';
import { celTypeOf, celValueOf } from './values.ts';

type Result = 'passed' | 'failed' | 'not ours';

/** What the API has no use for: messages of protocol buffers, enums, unchecked expressions, other extensions. */
const foreign =
  /conformance\.proto|TestAllTypes|google\.protobuf\.(?!Timestamp|Duration)\w+|proto\.(?:has|get)Ext|cel\.(?:block|index|iterVar)|math\.|base64\./;

const environment = Environment.of([
  standardLibrary(),
  optionalLibrary,
  stringsLibrary,
  twoVariableLibrary,
  ipLibrary,
  cidrLibrary,
  { macros: [bindMacro] },
]);

interface Outcome {
  readonly result: Result;
  readonly detail: string;
}

const ours = (ok: boolean, detail: string): Outcome => ({ result: ok ? 'passed' : 'failed', detail });
const notOurs: Outcome = { result: 'not ours', detail: '' };

function runTest(test: Message, source: string): Outcome {
  const isForeign = foreign.test(source) || textOf(test, 'container') === 'google.protobuf';
  if (isForeign || wordOf(test, 'disable_macros') === 'true') return notOurs;
  const declared = declare(test);
  if (!declared) return notOurs;
  const { program, issues } = compile(textOf(test, 'expr')!, declared);
  const wantsError = test.has('eval_error') || test.has('any_eval_errors');
  if (!program) {
    if (wantsError) return ours(true, '');
    return wordOf(test, 'disable_check') === 'true' ? notOurs : ours(false, issues);
  }
  const typed = messageOf(test, 'typed_result');
  const deduced = typed && messageOf(typed, 'deduced_type');
  const wantedType = deduced && celTypeOf(deduced);
  if (deduced && !wantedType) return notOurs;
  if (wantedType && typeText(wantedType) !== typeText(program.resultType)) {
    return ours(false, `type ${typeText(program.resultType)}, not ${typeText(wantedType)}`);
  }
  if (wordOf(test, 'check_only') === 'true') return ours(true, '');
  const values = bindings(test);
  if (!values) return notOurs;
  const { value } = program.evaluate(values, Number.POSITIVE_INFINITY);
  if (wantsError) return ours(isError(value), valueText(value));
  const wanted = messageOf(test, 'value') ?? (typed && messageOf(typed, 'result'));
  const expected = wanted ? celValueOf(wanted) : true;
  if (expected === undefined) return notOurs;
  return ours(same(value, expected), isError(value) ? value.message : valueText(value));
}

/** Equality that takes not-a-number for itself. */
function same(value: CelValue, expected: CelValue): boolean {
  if (value instanceof CelDouble && expected instanceof CelDouble && Number.isNaN(value.value)) {
    return Number.isNaN(expected.value);
  }
  return equal(expected, value);
}

function declare(test: Message): Environment | undefined {
  let declared = environment.within(textOf(test, 'container') ?? '');
  for (const declaration of messagesOf(test, 'type_env')) {
    const ident = messageOf(declaration, 'ident');
    const type = ident && messageOf(ident, 'type');
    const known = type && celTypeOf(type);
    if (!known) return undefined;
    declared = declared.with({
      [textOf(declaration, 'name')!]: { ...valueDeclaration(known), read: json => json as CelValue },
    });
  }
  return declared;
}

function bindings(test: Message): Record<string, unknown> | undefined {
  const values: Record<string, unknown> = {};
  for (const binding of messagesOf(test, 'bindings')) {
    const holder = messageOf(binding, 'value');
    const inner = holder && messageOf(holder, 'value');
    const value = inner && celValueOf(inner);
    if (value === undefined) return undefined;
    values[textOf(binding, 'key')!] = value;
  }
  return values;
}

function sourceOf(test: Message): string {
  return JSON.stringify([...test], (_key, value) =>
    value instanceof Map ? [...value] : value instanceof Uint8Array ? new TextDecoder().decode(value) : value,
  );
}

function main(folder: string, verbose: boolean): void {
  const totals = { passed: 0, failed: 0, 'not ours': 0 };
  for (const file of readdirSync(folder).filter(name => name.endsWith('.textproto'))) {
    const counts = { passed: 0, failed: 0, 'not ours': 0 };
    for (const section of messagesOf(parseTextproto(readFileSync(join(folder, file), 'utf8')), 'section')) {
      for (const test of messagesOf(section, 'test')) {
        const { result, detail } = runTest(test, sourceOf(test));
        counts[result]++;
        totals[result]++;
        if (result === 'failed' && verbose) {
          console.log(
            `  ${textOf(section, 'name')}/${textOf(test, 'name')}: ${textOf(test, 'expr')} => ${detail}`,
          );
        }
      }
    }
    print(file.replace('.textproto', ''), counts);
  }
  print('all', totals);
}

function print(name: string, counts: Record<Result, number>): void {
  const run = counts.passed + counts.failed;
  const share = run === 0 ? '-' : `${((100 * counts.passed) / run).toFixed(1)} %`;
  console.log(
    `${name.padEnd(16)} ${String(counts.passed).padStart(5)} of ${String(run).padStart(5)}  ${share.padStart(8)}  (${counts['not ours']} not ours)`,
  );
}

const [folder, flag] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: node tools/cel-spec/main.ts PATH [--verbose]');
  process.exitCode = 2;
} else {
  main(folder, flag === '--verbose');
}
