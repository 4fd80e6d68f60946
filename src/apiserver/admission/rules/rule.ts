import type { LabelSelector } from '#api/generated/types/meta.v1.ts';
import type { Client } from '#client/client.ts';
import type { Permission } from '#client/permission.ts';
import type { FieldError } from '#machinery/field.ts';
import type { KubeObject, ResourceRef } from '#machinery/object.ts';
import type { UserInfo } from '../../identity.ts';
import { type Match, compileMatch } from '../matching.ts';

export type RuleOperation = 'CREATE' | 'UPDATE' | 'DELETE';

/** What a rule may ask the cluster: it reads only, so that a dry run changes nothing. */
export type Reader = Pick<Client, 'get' | 'list'>;

/** One request, as a rule sees it beside its object. */
export interface RuleContext<T extends KubeObject = KubeObject> {
  readonly operation: RuleOperation;
  /** '' for the object itself. */
  readonly subresource: string;
  /** '' for cluster-scoped objects. */
  readonly namespace: string;
  /** '' where the name is still to be generated. */
  readonly name: string;
  /** The stored object, not to be changed; absent for CREATE. */
  readonly old: T | undefined;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  /** With the rights that the rule's `rbac` declares. */
  readonly client: Reader;
  /** Aborts when the rule's time is over. */
  readonly signal: AbortSignal;
  /** Tells the client something without refusing. */
  warn(message: string): void;
}

/** Why a request is refused: in a sentence (403 Forbidden) or by fields (422 Invalid). Nothing, or an empty list: it is not. */
export type Refusal = string | readonly FieldError[] | undefined | void;

export interface AdmissionRuleSpec<T extends KubeObject = KubeObject> {
  /** As refusals name it. */
  readonly name: string;
  /** Whose writes it sees, in the version of the ref, whatever version the client wrote. */
  readonly resources: readonly ResourceRef<T>[];
  /** Subresources whose writes it sees too, e.g. status. */
  readonly subresources?: readonly string[];
  /** Default: CREATE and UPDATE. */
  readonly operations?: readonly RuleOperation[];
  readonly namespaceSelector?: LabelSelector;
  readonly objectSelector?: LabelSelector;
  /** What becomes of a request where the rule throws or takes too long. Default: Fail, it is refused. */
  readonly failurePolicy?: 'Fail' | 'Ignore';
  /** How long it may take where it waits for something. Default 10 s, at most 30 s. */
  readonly timeoutMs?: number;
  /** What `client` may read. */
  readonly rbac?: readonly Permission[];
  /**
   * Changes the object in place, or answers another. Not called for DELETE. May be called again when webhooks or other
   * rules changed the object after it: doing it twice must come to the same.
   */
  mutate?(object: T, context: RuleContext<T>): T | undefined | void | Promise<T | undefined | void>;
  /** Looks at the object as it would be stored, frozen; for DELETE, as it is. */
  validate?(object: T, context: RuleContext<T>): Refusal | Promise<Refusal>;
}

/** A rule of the user's that the API server asks about writes, as it asks webhooks. */
export interface AdmissionRule extends AdmissionRuleSpec {
  readonly type: 'admissionRule';
}

/** Declares a rule. */
export function defineAdmissionRule<T extends KubeObject>(spec: AdmissionRuleSpec<T>): AdmissionRule {
  return { ...(spec as unknown as AdmissionRuleSpec), type: 'admissionRule' };
}

/** A rule at work in a server. */
export interface BoundRule {
  readonly rule: AdmissionRule;
  readonly client: Reader;
  readonly match: Match;
}

export function bindRule(rule: AdmissionRule, client: Reader): BoundRule {
  const { operations = ['CREATE', 'UPDATE'], subresources = [], namespaceSelector, objectSelector } = rule;
  const rules = rule.resources.map(({ group, version, resource }) => ({
    operations: [...operations],
    apiGroups: [group],
    apiVersions: [version],
    resources: [resource, ...subresources.map(name => `${resource}/${name}`)],
  }));
  return { rule, client, match: compileMatch({ namespaceSelector, objectSelector }, rules) };
}
