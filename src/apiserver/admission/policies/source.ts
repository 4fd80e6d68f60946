import type {
  MatchResources,
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '#api/generated/types/admissionregistration.v1.ts';
import type { KubeObject } from '#machinery/object.ts';
import type { ResourceCache } from '../../resources/resource-cache.ts';
import { type Match, compileMatch } from '../matching.ts';

export type Policy = ValidatingAdmissionPolicy | MutatingAdmissionPolicy;
export type PolicyBinding = ValidatingAdmissionPolicyBinding | MutatingAdmissionPolicyBinding;

export interface BindingHook<B extends PolicyBinding> {
  readonly binding: B;
  /** Absent: whatever the policy matches. */
  readonly match?: Match;
}

/** A policy that is bound, ready to be matched and evaluated. */
export interface PolicyHook<P extends Policy, B extends PolicyBinding, C> {
  readonly policy: P;
  readonly match: Match;
  readonly compiled: C;
  readonly bindings: readonly BindingHook<B>[];
}

/** A binding without rules takes whatever its policy does. */
function bindingMatch(match: MatchResources): Match {
  const { resourceRules } = match;
  return compileMatch(match, resourceRules?.length ? resourceRules : undefined);
}

/** The policies that have bindings, by name. A policy is compiled once for each of its versions. */
export class PolicySource<P extends Policy, B extends PolicyBinding, C> {
  readonly #policies: ResourceCache;
  readonly #bindings: ResourceCache;
  readonly #compile: (policy: P) => C;
  readonly #compiled = new WeakMap<KubeObject, C>();
  #hooks: readonly PolicyHook<P, B, C>[] = [];
  #revision = -1;

  constructor(policies: ResourceCache, bindings: ResourceCache, compile: (policy: P) => C) {
    this.#policies = policies;
    this.#bindings = bindings;
    this.#compile = compile;
  }

  get hooks(): readonly PolicyHook<P, B, C>[] {
    const revision = Math.max(this.#policies.lastChange, this.#bindings.lastChange);
    if (this.#revision === revision) return this.#hooks;
    this.#revision = revision;
    const byPolicy = Map.groupBy(
      this.#bindings.list('', '', 0).entries.map(({ object }) => object as B),
      ({ spec }) => spec?.policyName ?? '',
    );
    this.#hooks = this.#policies.list('', '', 0).entries.flatMap(({ object }) => {
      const bindings = byPolicy.get(object.metadata.name!);
      return bindings ? [this.#hook(object as P, bindings)] : [];
    });
    return this.#hooks;
  }

  #hook(policy: P, bindings: readonly B[]): PolicyHook<P, B, C> {
    let compiled = this.#compiled.get(policy);
    if (compiled === undefined) {
      compiled = this.#compile(policy);
      this.#compiled.set(policy, compiled);
    }
    return {
      policy,
      match: compileMatch(
        policy.spec?.matchConstraints ?? {},
        policy.spec?.matchConstraints?.resourceRules ?? [],
      ),
      compiled,
      bindings: bindings.map(binding => ({
        binding,
        ...(binding.spec?.matchResources ? { match: bindingMatch(binding.spec.matchResources) } : {}),
      })),
    };
  }
}
