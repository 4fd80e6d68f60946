import type {
  FlowSchema,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  Subject,
} from '#api/generated/types/flowcontrol.v1.ts';
import type { UserInfo } from '../identity.ts';
import type { RequestInfo } from '../request.ts';

/** The most urgent first: by precedence, then by name. */
export function bySequence(a: FlowSchema, b: FlowSchema): number {
  const byPrecedence = (a.spec?.matchingPrecedence ?? 0) - (b.spec?.matchingPrecedence ?? 0);
  return byPrecedence || (a.metadata.name! < b.metadata.name! ? -1 : 1);
}

export function matchesSchema({ spec }: FlowSchema, user: UserInfo, info: RequestInfo): boolean {
  return (spec?.rules ?? []).some(rule => matchesRule(rule, user, info));
}

function matchesRule(rule: PolicyRulesWithSubjects, user: UserInfo, info: RequestInfo): boolean {
  if (!(rule.subjects ?? []).some(subject => matchesSubject(subject, user))) return false;
  return info.isResource
    ? (rule.resourceRules ?? []).some(one => matchesResource(one, info))
    : (rule.nonResourceRules ?? []).some(one => matchesPath(one, info));
}

const accountPrefix = 'system:serviceaccount:';

function matchesSubject(subject: Subject, user: UserInfo): boolean {
  switch (subject.kind) {
    case 'User':
      return subject.user !== undefined && (subject.user.name === '*' || subject.user.name === user.name);
    case 'Group':
      return (
        subject.group !== undefined &&
        (subject.group.name === '*' || user.groups.includes(subject.group.name))
      );
    case 'ServiceAccount': {
      const { namespace = '', name = '' } = subject.serviceAccount ?? {};
      const prefix = `${accountPrefix}${namespace}:`;
      return name === '*' ? user.name.startsWith(prefix) : user.name === prefix + name;
    }
    default:
      return false;
  }
}

function holds(list: readonly string[] | undefined, value: string): boolean {
  return list !== undefined && ((list.length === 1 && list[0] === '*') || list.includes(value));
}

function matchesResource(rule: ResourcePolicyRule, info: RequestInfo): boolean {
  const resource = info.subresource === '' ? info.resource : `${info.resource}/${info.subresource}`;
  if (!holds(rule.verbs, info.verb) || !holds(rule.resources, resource)) return false;
  if (!holds(rule.apiGroups, info.group)) return false;
  return info.namespace === '' ? (rule.clusterScope ?? false) : holds(rule.namespaces, info.namespace);
}

function matchesPath({ verbs, nonResourceURLs = [] }: NonResourcePolicyRule, info: RequestInfo): boolean {
  if (!holds(verbs, info.verb)) return false;
  return nonResourceURLs.some(url => {
    if (url === '*' || url === info.path) return true;
    const prefix = url.endsWith('*') ? url.slice(0, -1) : url;
    return info.path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);
  });
}
