import type {
  MatchResources,
  NamedRuleWithOperations,
  RuleWithOperations,
} from '#api/generated/types/admissionregistration.v1.ts';
import type { KubeObject } from '#machinery/object.ts';
import { type LabelSelector, parseSelectorObject } from '#machinery/selectors.ts';
import { statusError } from '#machinery/status.ts';
import type { ResourceCache } from '../resources/resource-cache.ts';
import type { AdmissionRequest } from './request.ts';
import { type Subject, type Target, namespaceOf } from './subject.ts';

const policies = [
  'admissionregistration.k8s.io/mutatingadmissionpolicies',
  'admissionregistration.k8s.io/mutatingadmissionpolicybindings',
  'admissionregistration.k8s.io/validatingadmissionpolicies',
  'admissionregistration.k8s.io/validatingadmissionpolicybindings',
];

/** Kinds that decide over admission themselves: nothing may keep anybody from repairing them. */
const exempt = new Set([
  ...policies,
  'admissionregistration.k8s.io/mutatingwebhookconfigurations',
  'admissionregistration.k8s.io/validatingwebhookconfigurations',
]);

export function isExempt({ served }: AdmissionRequest): boolean {
  return exempt.has(served.bucket);
}

/** Questions about users and their rights, which a policy could answer so that everybody is locked out; and policies. */
const exemptFromPolicies = new Set([
  ...policies,
  'authentication.k8s.io/selfsubjectreviews',
  'authentication.k8s.io/tokenreviews',
  'authorization.k8s.io/localsubjectaccessreviews',
  'authorization.k8s.io/selfsubjectaccessreviews',
  'authorization.k8s.io/selfsubjectrulesreviews',
  'authorization.k8s.io/subjectaccessreviews',
]);

/** Policies do judge the configurations of webhooks, which have no say over policies. */
export function isExemptFromPolicies({ served }: AdmissionRequest): boolean {
  return exemptFromPolicies.has(served.bucket);
}

/** What a webhook, a policy or a binding is about, with its selectors parsed once. */
export interface Match {
  /** Absent: every resource. */
  readonly rules?: readonly NamedRuleWithOperations[];
  readonly exclude: readonly NamedRuleWithOperations[];
  readonly equivalent: boolean;
  readonly namespaceSelector: LabelSelector;
  readonly objectSelector: LabelSelector;
}

export function compileMatch(match: MatchResources, rules: readonly RuleWithOperations[] | undefined): Match {
  return {
    ...(rules ? { rules } : {}),
    exclude: match.excludeResourceRules ?? [],
    equivalent: (match.matchPolicy ?? 'Equivalent') === 'Equivalent',
    namespaceSelector: parseSelectorObject(match.namespaceSelector ?? {}),
    objectSelector: parseSelectorObject(match.objectSelector ?? {}),
  };
}

/** The version under which the rules match the request; undefined where they do not. Throws NotFound for no namespace. */
export function matchTarget(match: Match, subject: Subject, namespaces: ResourceCache): Target | undefined {
  const { request } = subject;
  if (!matchesObject(match.objectSelector, request)) return undefined;
  if (matchesAny(match.exclude, subject, match.equivalent)) return undefined;
  const target = match.rules ? matchesAny(match.rules, subject, match.equivalent) : subject.own;
  return target && matchesNamespace(match.namespaceSelector, request, namespaces) ? target : undefined;
}

function matchesAny(
  rules: readonly NamedRuleWithOperations[],
  subject: Subject,
  equivalent: boolean,
): Target | undefined {
  const { own, request } = subject;
  if (rules.some(rule => matchesRule(rule, own, request))) return own;
  if (!equivalent || rules.length === 0) return undefined;
  const { equivalents } = subject;
  for (const rule of rules) {
    const found = equivalents.find(target => matchesRule(rule, target, request));
    if (found) return found;
  }
  return undefined;
}

function matchesRule(rule: NamedRuleWithOperations, { served }: Target, request: AdmissionRequest): boolean {
  const { group, resource } = served.what;
  const { resourceNames } = rule;
  return (
    matchesScope(rule.scope, request) &&
    hasOrAll(rule.operations, request.operation) &&
    hasOrAll(rule.apiGroups, group) &&
    hasOrAll(rule.apiVersions, served.version.version) &&
    (rule.resources ?? []).some(pattern => matchesResource(pattern, resource, request.subresource)) &&
    (!resourceNames?.length || resourceNames.includes(request.name))
  );
}

function hasOrAll(list: readonly string[] | undefined, wanted: string): boolean {
  return list !== undefined && (list.includes('*') || list.includes(wanted));
}

function matchesScope(scope: string | undefined, request: AdmissionRequest): boolean {
  if (scope === undefined || scope === '*') return true;
  return (scope === 'Namespaced') === (request.namespace !== '');
}

function matchesResource(pattern: string, resource: string, subresource: string): boolean {
  const slash = pattern.indexOf('/');
  const main = slash < 0 ? pattern : pattern.slice(0, slash);
  const sub = slash < 0 ? '' : pattern.slice(slash + 1);
  return (main === '*' || main === resource) && (sub === '*' || sub === subresource);
}

function matchesObject(selector: LabelSelector, { object, old }: AdmissionRequest): boolean {
  if (selector.empty) return true;
  const selects = (one: KubeObject | undefined) =>
    one?.metadata !== undefined && selector.matches(one.metadata.labels);
  return selects(object) || selects(old);
}

/** Cluster-scoped objects other than namespaces are in no namespace that could be left out. */
function matchesNamespace(
  selector: LabelSelector,
  request: AdmissionRequest,
  namespaces: ResourceCache,
): boolean {
  const namespace = namespaceOf(request);
  if (namespace === '' || selector.empty) return true;
  const { served, subresource, operation, object } = request;
  const isNew = operation === 'CREATE' || operation === 'UPDATE';
  if (served.bucket === 'core/namespaces' && subresource === '' && isNew) {
    return selector.matches(object?.metadata.labels);
  }
  const found = namespaces.get(namespace)?.object;
  if (!found) throw statusError.notFound({ group: '', resource: 'namespaces' }, namespace);
  return selector.matches(found.metadata.labels);
}
