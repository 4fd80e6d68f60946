import type { SchemaRegistry } from '#api/schemas.ts';
import type { Clock } from '#base/clock.ts';
import type { KubeObject } from '#machinery/object.ts';
import { StatusError, statusError } from '#machinery/status.ts';
import type { Authorizer } from '../../identity.ts';
import type { Catalog } from '../../resources/served.ts';
import type { StateCache } from '../../resources/state-cache.ts';
import { namespaceOfObject } from '../expression-values.ts';
import { matchTarget } from '../matching.ts';
import type { AdmissionMetrics } from '../metrics.ts';
import type { AdmissionRequest } from '../request.ts';
import { type Subject, type Target, namespaceOf } from '../subject.ts';
import { ConfigurationError, collectParams, paramResource } from './params.ts';
import type { Policy, PolicyBinding, PolicyHook } from './source.ts';

export interface PolicyEnvironment {
  readonly state: StateCache;
  readonly catalog: Catalog;
  readonly schemas: SchemaRegistry;
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  readonly metrics: AdmissionMetrics;
}

/** A policy by way of one of its bindings, with one set of parameters. */
export interface Invocation<P extends Policy, B extends PolicyBinding, C> {
  readonly hook: PolicyHook<P, B, C>;
  readonly binding: B;
  readonly target: Target;
  readonly params: KubeObject | undefined;
}

/** A policy that cannot be evaluated, or a binding of it. */
export interface Misconfiguration<P extends Policy, B extends PolicyBinding> {
  readonly policy: P;
  readonly binding: B | undefined;
  readonly message: string;
}

/** What has to be evaluated for a request, and what cannot be. */
export async function selectInvocations<P extends Policy, B extends PolicyBinding, C>(
  { state, catalog }: PolicyEnvironment,
  subject: Subject,
  hooks: readonly PolicyHook<P, B, C>[],
): Promise<{ invocations: Invocation<P, B, C>[]; misconfigured: Misconfiguration<P, B>[] }> {
  const namespaces = state.bucket('core/namespaces');
  const invocations: Invocation<P, B, C>[] = [];
  const misconfigured: Misconfiguration<P, B>[] = [];
  const failed = (policy: P, binding: B | undefined, error: unknown) => {
    if (!(error instanceof ConfigurationError || error instanceof StatusError)) throw error;
    const what = binding ? 'binding' : 'policy';
    misconfigured.push({ policy, binding, message: `failed to configure ${what}: ${error.message}` });
  };
  for (const hook of hooks) {
    const { policy } = hook;
    try {
      const target = matchTarget(hook.match, subject, namespaces);
      if (!target) continue;
      const kind = paramResource(catalog, policy.spec?.paramKind);
      for (const { match, binding } of hook.bindings) {
        try {
          if (match && !matchTarget(match, subject, namespaces)) continue;
          const found = await collectParams(kind, binding.spec?.paramRef, namespaceOf(subject.request));
          for (const params of found) invocations.push({ hook, binding, target, params });
        } catch (error) {
          failed(policy, binding, error);
        }
      }
    } catch (error) {
      failed(policy, undefined, error);
    }
  }
  return { invocations, misconfigured };
}

/** What `namespaceObject` is; undefined for what is in no namespace. Throws NotFound. */
export function namespaceObject(state: StateCache, request: AdmissionRequest): KubeObject | undefined {
  const name = namespaceOfObject(request);
  if (name === '') return undefined;
  const found = state.bucket('core/namespaces').get(name)?.object;
  if (found) return found;
  throw statusError.notFound({ group: '', resource: 'namespaces' }, name);
}
