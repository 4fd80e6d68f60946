import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { integerProblem } from '#machinery/go-values.ts';
import { validateFieldManager } from '#machinery/metadata.ts';
import { statusError } from '#machinery/status.ts';
import type { DeleteOptions } from '../resources/delete.ts';

const dryRuns = ['All'];
const fieldValidations = ['', 'Ignore', 'Strict', 'Warn'];

/** The query's options as upstream names them, for the verbs that have any. */
const optionKinds: Readonly<Record<string, string>> = {
  create: 'CreateOptions',
  update: 'UpdateOptions',
  patch: 'PatchOptions',
};

/** Throws the Status of options that are well formed and not allowed. */
export function invalidOptions(kind: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw statusError.invalid({ group: 'meta.k8s.io', kind }, '', errors);
}

/** Checks the options of a write that its query gives. Throws Invalid. */
export function checkWriteOptions(verb: string, query: URLSearchParams, isApply: boolean): void {
  const kind = optionKinds[verb];
  if (!kind || (query.size === 0 && !isApply)) return;
  const errors: FieldError[] = [];
  const manager = query.get('fieldManager') ?? '';
  if (verb === 'patch' && isApply) {
    if (manager === '') errors.push(fieldError.required('fieldManager', 'is required for apply patch'));
  } else if (verb === 'patch' && query.has('force')) {
    errors.push(fieldError.forbidden('force', 'may not be specified for non-apply patch'));
  }
  errors.push(...validateFieldManager(manager, FieldPath.of('fieldManager')));
  errors.push(...dryRunErrors(query.getAll('dryRun')));
  const validation = query.get('fieldValidation') ?? '';
  if (!fieldValidations.includes(validation)) {
    errors.push(fieldError.notSupported('fieldValidation', validation, fieldValidations));
  }
  invalidOptions(kind, errors);
}

export function dryRunErrors(values: readonly string[]): FieldError[] {
  if (values.every(value => dryRuns.includes(value))) return [];
  return [fieldError.notSupported('dryRun', values, dryRuns)];
}

const policies = ['Foreground', 'Background', 'Orphan'];

/** Checks what a deletion asks for, wherever it says so. Throws Invalid. */
export function checkDeleteOptions(
  { propagationPolicy: policy, orphanDependents }: DeleteOptions,
  dryRun: readonly string[],
): void {
  const errors: FieldError[] = [];
  if (policy !== undefined && orphanDependents !== undefined) {
    const why = 'orphanDependents and deletionPropagation cannot be both set';
    errors.push(fieldError.invalid('propagationPolicy', policy, why));
  }
  if (policy !== undefined && !policies.includes(policy)) {
    errors.push(fieldError.notSupported('propagationPolicy', policy, [...policies, 'nil']));
  }
  invalidOptions('DeleteOptions', [...errors, ...dryRunErrors(dryRun)]);
}

/** Checks which states a list or watch may ask for. Throws Invalid. */
export function checkListOptions(query: URLSearchParams, isWatch: boolean): void {
  const match = query.get(matchField) ?? '';
  const initial = isWatch && startsWithState(query);
  if (match === '' && !initial && !query.has('sendInitialEvents')) return;
  invalidOptions('ListOptions', isWatch ? watchErrors(query, match, initial) : listErrors(query, match));
}

/**
 * A watch that names no state, or any (0), and says nothing of initial events has them sent, as if it had asked for them
 * not older than that (apimachinery's SetListOptionsDefaults).
 */
export function startsWithState(query: URLSearchParams): boolean {
  const revision = query.get('resourceVersion') ?? '';
  return (revision === '' || revision === '0') && !query.has('sendInitialEvents') && !query.get(matchField);
}

const matchField = 'resourceVersionMatch';

function listErrors(query: URLSearchParams, match: string): FieldError[] {
  const errors: FieldError[] = [];
  const forbid = (why: string) => errors.push(fieldError.forbidden(matchField, why));
  const revision = query.get('resourceVersion') ?? '';
  if (match !== '') {
    if (revision === '') forbid('resourceVersionMatch is forbidden unless resourceVersion is provided');
    if (query.get('continue')) forbid('resourceVersionMatch is forbidden when continue is provided');
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      errors.push(fieldError.notSupported(matchField, match, ['Exact', 'NotOlderThan', '']));
    }
    if (match === 'Exact' && revision === '0') {
      forbid('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
    }
  }
  if (query.has('sendInitialEvents')) {
    errors.push(fieldError.forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  }
  return errors;
}

function watchErrors(query: URLSearchParams, asked: string, byDefault: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const forbid = (why: string) => errors.push(fieldError.forbidden(matchField, why));
  const match = byDefault ? 'NotOlderThan' : asked;
  const initial = byDefault || query.has('sendInitialEvents');
  if (initial && match !== 'NotOlderThan') {
    forbid('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  }
  if (match === '') return errors;
  if (!initial) {
    forbid('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
  }
  if (match !== 'NotOlderThan') {
    errors.push(fieldError.notSupported(matchField, match, ['NotOlderThan']));
  }
  if (query.get('continue')) forbid('resourceVersionMatch is forbidden when continue is provided');
  return errors;
}

/** A whole number of the query; 0 where there is none. Throws BadRequest. */
export function integerOption(query: URLSearchParams, name: string): number {
  const text = query.get(name);
  if (text === null) return 0;
  const problem = integerProblem('ParseInt', text);
  if (problem !== undefined) throw statusError.badRequest(problem);
  return Number(text);
}

/** What a list or watch says in numbers; read before anything else of it is judged. Throws BadRequest. */
export function listNumbers(query: URLSearchParams): { timeoutSeconds: number; limit: number } {
  const timeoutSeconds = integerOption(query, 'timeoutSeconds');
  return { timeoutSeconds, limit: Math.max(0, integerOption(query, 'limit')) };
}
