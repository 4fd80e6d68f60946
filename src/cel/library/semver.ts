/** Semantic versions (semver.org, 2.0.0). */
import { integerProblem } from '#machinery/go-values.ts';
import type { Library } from '../environment.ts';
import type { Overload } from '../signature.ts';
import { boolType, intType, stringType, structType, type Type } from '../types.ts';
import { CelOpaque, type CelValue, isError, toInt } from '../values.ts';
import { EvaluationError, globalFunction, guarded, memberFunction } from './define.ts';

const semverType = structType('kubernetes.Semver');

interface Version {
  readonly numbers: readonly [bigint, bigint, bigint];
  readonly prerelease: readonly (string | bigint)[];
}

const names = ['Major', 'Minor', 'Patch'] as const;

function numberPart(name: string, text: string): bigint {
  if (!/^[0-9]*$/.test(text)) {
    throw new EvaluationError(
      `Invalid character(s) found in ${name.toLowerCase()} number ${JSON.stringify(text)}`,
    );
  }
  if (text.length > 1 && text.startsWith('0')) {
    throw new EvaluationError(`${name} number must not contain leading zeroes ${JSON.stringify(text)}`);
  }
  return unsigned(text);
}

function unsigned(text: string): bigint {
  const problem = integerProblem('ParseUint', text);
  if (problem !== undefined) throw new EvaluationError(problem);
  return BigInt(text);
}

function prereleasePart(text: string): string | bigint {
  if (text === '') throw new EvaluationError('Prerelease is empty');
  if (/^[0-9]+$/.test(text)) {
    if (text.length > 1 && text.startsWith('0')) {
      throw new EvaluationError(
        `Numeric PreRelease version must not contain leading zeroes ${JSON.stringify(text)}`,
      );
    }
    return unsigned(text);
  }
  if (!/^[0-9A-Za-z-]+$/.test(text)) {
    throw new EvaluationError(`Invalid character(s) found in prerelease ${JSON.stringify(text)}`);
  }
  return text;
}

function parse(text: string): Version {
  if (text === '') throw new EvaluationError('Version string empty');
  const [major, minor, ...rest] = text.split('.');
  if (minor === undefined || rest.length === 0)
    throw new EvaluationError('No Major.Minor.Patch elements found');
  const last = rest.join('.');
  const plus = last.indexOf('+');
  const build = plus < 0 ? undefined : last.slice(plus + 1);
  const beforeBuild = plus < 0 ? last : last.slice(0, plus);
  const dash = beforeBuild.indexOf('-');
  const patch = dash < 0 ? beforeBuild : beforeBuild.slice(0, dash);
  const numbers = [major!, minor, patch].map((part, i) => numberPart(names[i]!, part)) as [
    bigint,
    bigint,
    bigint,
  ];
  const prerelease =
    dash < 0
      ? []
      : beforeBuild
          .slice(dash + 1)
          .split('.')
          .map(prereleasePart);
  for (const part of build?.split('.') ?? []) {
    if (part === '') throw new EvaluationError('Build meta data is empty');
    if (!/^[0-9A-Za-z-]+$/.test(part)) {
      throw new EvaluationError(`Invalid character(s) found in build meta data ${JSON.stringify(part)}`);
    }
  }
  return { numbers, prerelease };
}

/** Without a leading v, with three numbers, without leading zeros. */
function normalize(text: string): string {
  const parts = text.replace(/^v/, '').split('.');
  const three = parts.length > 3 ? [parts[0]!, parts[1]!, parts.slice(2).join('.')] : parts;
  const stripped = three.map(part => {
    if (part.length <= 1) return part;
    const short = part.replace(/^0+/, '');
    return /^[0-9]/.test(short) ? short : `0${short}`;
  });
  if (stripped.length < 3 && /[+-]/.test(stripped.at(-1)!)) {
    throw new EvaluationError('short version cannot contain PreRelease/Build meta data');
  }
  while (stripped.length < 3) stripped.push('0');
  return stripped.join('.');
}

function compareVersions(left: Version, right: Version): number {
  for (const i of [0, 1, 2] as const) {
    if (left.numbers[i] !== right.numbers[i]) return left.numbers[i] < right.numbers[i] ? -1 : 1;
  }
  if (left.prerelease.length === 0 || right.prerelease.length === 0) {
    return Math.sign(right.prerelease.length - left.prerelease.length);
  }
  const length = Math.min(left.prerelease.length, right.prerelease.length);
  for (let i = 0; i < length; i++) {
    const order = comparePrerelease(left.prerelease[i]!, right.prerelease[i]!);
    if (order !== 0) return order;
  }
  return Math.sign(left.prerelease.length - right.prerelease.length);
}

/** Numbers come before words. */
function comparePrerelease(left: string | bigint, right: string | bigint): number {
  if (left === right) return 0;
  if (typeof left !== typeof right) return typeof left === 'bigint' ? -1 : 1;
  return left < right ? -1 : 1;
}

export const toSemver = guarded((text: CelValue, normal: CelValue = false) => {
  const version = parse(normal === true ? normalize(text as string) : (text as string));
  return new CelOpaque(semverType, version, (left, right) => compareVersions(left, right) === 0);
});

const isSemver = (...args: CelValue[]) => !isError(toSemver(...args));
const of = (value: CelValue) => (value as CelOpaque<Version>).value;

function comparison(name: string, id: string, result: Type, from: (order: number) => CelValue): Overload {
  return memberFunction(name, id, [semverType, semverType], result, (a, b) =>
    from(compareVersions(of(a), of(b))),
  );
}

function number(name: string, id: string, index: 0 | 1 | 2): Overload {
  return memberFunction(
    name,
    id,
    [semverType],
    intType,
    value => toInt(BigInt.asIntN(64, of(value).numbers[index]))!,
  );
}

export const semverLibrary: Library = {
  overloads: [
    globalFunction('semver', 'string_to_semver', [stringType], semverType, toSemver),
    globalFunction('semver', 'string_bool_to_semver', [stringType, boolType], semverType, toSemver),
    globalFunction('isSemver', 'is_semver_string', [stringType], boolType, isSemver),
    globalFunction('isSemver', 'is_semver_string_bool', [stringType, boolType], boolType, isSemver),
    comparison('isGreaterThan', 'semver_is_greater_than', boolType, order => order > 0),
    comparison('isLessThan', 'semver_is_less_than', boolType, order => order < 0),
    comparison('compareTo', 'semver_compare_to', intType, order => order),
    number('major', 'semver_major', 0),
    number('minor', 'semver_minor', 1),
    number('patch', 'semver_patch', 2),
  ],
};
