import { type FieldError, type FieldPath, fieldError, rootPath } from '#machinery/field.ts';
import { checkDns1123Subdomain } from '#machinery/names.ts';
import type { Attributes } from '../identity.ts';

/** How much of a request is told, from nothing to everything. */
export const auditLevels = ['None', 'Metadata', 'Request', 'RequestResponse'] as const;
export type AuditLevel = (typeof auditLevels)[number];

/** When in a request's life an event is made. */
export const auditStages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'] as const;
export type AuditStage = (typeof auditStages)[number];

/** audit.k8s.io/v1 GroupResources. */
export interface GroupResources {
  readonly group?: string;
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** audit.k8s.io/v1 PolicyRule. */
export interface PolicyRule {
  readonly level: AuditLevel;
  readonly users?: readonly string[];
  readonly userGroups?: readonly string[];
  readonly verbs?: readonly string[];
  readonly resources?: readonly GroupResources[];
  readonly namespaces?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly omitStages?: readonly AuditStage[];
  readonly omitManagedFields?: boolean;
}

/** audit.k8s.io/v1 Policy: the first rule that matches a request says what is told of it; without one nothing is. */
export interface AuditPolicy {
  readonly rules: readonly PolicyRule[];
  readonly omitStages?: readonly AuditStage[];
  readonly omitManagedFields?: boolean;
}

/** What a policy says of one request. */
export interface RequestAudit {
  readonly level: AuditLevel;
  readonly omitManagedFields: boolean;
  omits(stage: AuditStage): boolean;
}

/** Everything that is wrong with a policy which has the shape of one. */
export function validateAuditPolicy({ rules, omitStages }: AuditPolicy): FieldError[] {
  const rulesPath = rootPath.child('rules');
  const errors = [
    ...stageErrors(omitStages, rootPath.child('omitStages')),
    ...rules.flatMap((rule, i) => ruleErrors(rule, rulesPath.index(i))),
  ];
  return rules.length > 0 ? errors : [...errors, fieldError.required(rulesPath, 'a policy needs a rule')];
}

function ruleErrors(rule: PolicyRule, path: FieldPath): FieldError[] {
  const { level, nonResourceURLs = [], resources = [], namespaces = [], omitStages } = rule;
  const urlsPath = path.child('nonResourceURLs');
  const errors: FieldError[] = [];
  if (!auditLevels.includes(level)) {
    errors.push(fieldError.notSupported(path.child('level'), level, [...auditLevels]));
  }
  errors.push(
    ...nonResourceURLs.flatMap((url, i) => urlErrors(url, urlsPath.index(i))),
    ...resources.flatMap(one => resourceErrors(one, path.child('resources'))),
    ...stageErrors(omitStages, path.child('omitStages')),
  );
  if (nonResourceURLs.length > 0 && (resources.length > 0 || namespaces.length > 0)) {
    const why = 'rules cannot apply to both regular resources and non-resource URLs';
    errors.push(fieldError.invalid(urlsPath, nonResourceURLs, why));
  }
  return errors;
}

function urlErrors(url: string, path: FieldPath): FieldError[] {
  if (url === '*') return [];
  const errors: FieldError[] = [];
  if (!url.startsWith('/')) {
    errors.push(fieldError.invalid(path, url, "non-resource URL rules must begin with a '/' character"));
  }
  if (url.slice(0, -1).includes('*')) {
    const why = "non-resource URL wildcards '*' must be the final character of the rule";
    errors.push(fieldError.invalid(path, url, why));
  }
  return errors;
}

function resourceErrors({ group = '', resources = [], resourceNames = [] }: GroupResources, path: FieldPath) {
  const errors: FieldError[] = [];
  const reasons = group === '' || group === '*' ? [] : checkDns1123Subdomain(group);
  if (reasons.length > 0) errors.push(fieldError.invalid(path.child('group'), group, reasons.join(',')));
  if (resourceNames.length > 0 && resources.length === 0) {
    const why = 'using resourceNames requires at least one resource';
    errors.push(fieldError.invalid(path.child('resourceNames'), resourceNames, why));
  }
  return errors;
}

function stageErrors(stages: readonly AuditStage[] = [], path: FieldPath): FieldError[] {
  return stages.flatMap((stage, i) =>
    auditStages.includes(stage)
      ? []
      : [fieldError.invalid(path.index(i), stage, `allowed stages are ${auditStages.join(',')}`)],
  );
}

/** What the policy says of a request; `user` may be unknown. */
export function auditOf(
  policy: AuditPolicy,
  asked: Omit<Attributes, 'user'> & { readonly user?: Attributes['user'] },
): RequestAudit {
  const rule = policy.rules.find(one => matches(one, asked));
  const omitted = [...(policy.omitStages ?? []), ...(rule?.omitStages ?? [])];
  return {
    level: rule?.level ?? 'None',
    omitManagedFields: rule?.omitManagedFields ?? policy.omitManagedFields ?? false,
    omits: stage => omitted.includes(stage),
  };
}

type Asked = Parameters<typeof auditOf>[1];

function matches(rule: PolicyRule, asked: Asked): boolean {
  const { users = [], userGroups = [], verbs = [], namespaces = [], resources = [] } = rule;
  const { nonResourceURLs = [] } = rule;
  if (users.length > 0 && !users.includes(asked.user?.name ?? '')) return false;
  if (userGroups.length > 0 && !asked.user?.groups.some(group => userGroups.includes(group))) return false;
  if (verbs.length > 0 && !verbs.includes(asked.verb)) return false;
  if (namespaces.length > 0 || resources.length > 0) return matchesResource(rule, asked);
  if (nonResourceURLs.length === 0) return true;
  return !asked.isResource && nonResourceURLs.some(url => matchesPath(url, asked.path));
}

function matchesPath(url: string, path: string): boolean {
  return url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1)));
}

function matchesResource({ namespaces = [], resources = [] }: PolicyRule, asked: Asked): boolean {
  if (!asked.isResource) return false;
  if (namespaces.length > 0 && !namespaces.includes(asked.namespace)) return false;
  return resources.length === 0 || resources.some(one => isAmong(one, asked));
}

function isAmong({ group = '', resources = [], resourceNames = [] }: GroupResources, asked: Asked): boolean {
  if (group !== '*' && group !== asked.group) return false;
  if (resources.length === 0) return true;
  if (resourceNames.length > 0 && !resourceNames.includes(asked.name)) return false;
  const { resource, subresource } = asked;
  const own = subresource === '' ? resource : `${resource}/${subresource}`;
  return resources.some(
    text =>
      text === '*' ||
      text === own ||
      text === `${resource}/*` ||
      (subresource !== '' && text === `*/${subresource}`),
  );
}
