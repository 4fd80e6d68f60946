import type { ResourceQuota } from '#api/generated/types/core.v1.ts';
import type { Amounts } from '#api/pod-totals.ts';
import { type ScopeRequirement, inScope, meetsScope, scopesOf } from '#api/quota-scopes.ts';
import { limitableNames, usageOf } from '#api/quota-usage.ts';
import type { KubeObject } from '#machinery/object.ts';
import { statusError } from '#machinery/status.ts';
import { forbidden } from './denial.ts';
import type { AdmissionRequest } from './request.ts';

/** apiserver.config.k8s.io LimitedResource: of what it names nothing is used unless a quota is about it. */
export interface LimitedResource {
  readonly apiGroup?: string;
  readonly resource: string;
  /** Parts of the names of what is used. */
  readonly matchContains?: readonly string[];
  readonly matchScopes?: readonly ScopeRequirement[];
}

/** Throws where the write uses what is limited, and no quota of the namespace is about that. */
export function checkCovered(
  request: AdmissionRequest,
  limited: readonly LimitedResource[],
  quotas: readonly ResourceQuota[],
  nowMs: number,
): void {
  const { served, object, old } = request;
  const { bucket, what } = served;
  const usage = (of: KubeObject) => usageOf(bucket, of, limitableNames(bucket, of), nowMs);
  const wanted = usage(object!);
  if (!usesMore(wanted, old ? usage(old) : new Map())) return;
  const parts = limited
    .filter(({ apiGroup = '', resource }) => apiGroup === what.group && resource === what.resource)
    .flatMap(({ matchContains = [] }) => matchContains);
  const covered = new Set(
    quotas
      .filter(quota => inScope(quota, bucket, object!))
      .flatMap(({ spec }) => Object.keys(spec?.hard ?? {})),
  );
  const names = [...wanted]
    .filter(([name, amount]) => amount.sign > 0 && parts.some(part => name.includes(part)))
    .map(([name]) => name)
    .filter(name => !covered.has(name))
    .sort();
  if (names.length > 0) throw forbidden(request, `insufficient quota to consume: ${names.join()}`);
  checkScopes(request, limited, quotas);
}

function checkScopes(
  { served: { bucket }, object }: AdmissionRequest,
  limited: readonly LimitedResource[],
  quotas: readonly ResourceQuota[],
): void {
  const isMet = (requirement: ScopeRequirement) => meetsScope(requirement, bucket, object!);
  const covered = new Set(
    quotas
      .flatMap(scopesOf)
      .filter(isMet)
      .map(({ scopeName }) => scopeName),
  );
  const scopes = limited
    .flatMap(({ matchScopes = [] }) => matchScopes)
    .filter(scope => isMet(scope) && !covered.has(scope.scopeName));
  if (scopes.length === 0) return;
  const shown = scopes.map(
    ({ scopeName, operator, values = [] }) => `{${scopeName} ${operator} [${values.join(' ')}]}`,
  );
  throw statusError.unclassified(`insufficient quota to match these scopes: [${shown.join(' ')}]`);
}

function usesMore(wanted: Amounts, before: Amounts): boolean {
  return [...wanted].some(([name, amount]) => {
    const had = before.get(name);
    return had ? amount.compare(had) > 0 : amount.sign > 0;
  });
}
