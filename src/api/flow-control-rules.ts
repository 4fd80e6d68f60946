import { append } from '#base/append.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { checkDns1123Label, checkDns1123Subdomain } from '#machinery/names.ts';
import type {
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  Subject,
} from './generated/types/flowcontrol.v1.ts';
import { duplicates, invalidEach } from './validation.ts';

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch'];

/** What a status says, each type once. */
export function validateFlowConditions(
  status: { conditions?: readonly { type?: string }[] } | undefined,
): FieldError[] {
  const path = FieldPath.of('status', 'conditions');
  const types = (status?.conditions ?? []).map(({ type }) => type);
  return [
    ...duplicates(path, types, 'type'),
    ...types.flatMap((type, i) => (type ? [] : [fieldError.required(path.index(i).child('type'))])),
  ];
}

export function validateRule(rule: PolicyRulesWithSubjects, path: FieldPath): FieldError[] {
  const subjects = rule.subjects ?? [];
  const resourceRules = rule.resourceRules ?? [];
  const nonResourceRules = rule.nonResourceRules ?? [];
  const errors: FieldError[] = [];
  if (subjects.length === 0)
    errors.push(fieldError.required(path.child('subjects'), 'subjects must contain at least one value'));
  append(
    errors,
    subjects.flatMap((subject, i) => validateSubject(subject, path.child('subjects').index(i))),
  );
  if (resourceRules.length === 0 && nonResourceRules.length === 0) {
    const detail = 'at least one of resourceRules and nonResourceRules has to be non-empty';
    errors.push(fieldError.required(path, detail));
  }
  return [
    ...errors,
    ...resourceRules.flatMap((one, i) => validateResourceRule(one, path.child('resourceRules').index(i))),
    ...nonResourceRules.flatMap((one, i) =>
      validateNonResourceRule(one, path.child('nonResourceRules').index(i)),
    ),
  ];
}

/** Each kind of subject has a field of its own, and no other's. */
const subjectFields: readonly (readonly [kind: string, field: 'serviceAccount' | 'user' | 'group'])[] = [
  ['ServiceAccount', 'serviceAccount'],
  ['User', 'user'],
  ['Group', 'group'],
];

function validateSubject(subject: Subject, path: FieldPath): FieldError[] {
  const own = subjectFields.find(([kind]) => kind === subject.kind);
  if (!own)
    return [fieldError.notSupported(path.child('kind'), subject.kind, ['Group', 'ServiceAccount', 'User'])];
  const [kind, field] = own;
  const errors = subject[field]
    ? validateSubjectName(subject, path)
    : [fieldError.required(path.child(field), `${field} is required when subject kind is '${kind}'`)];
  for (const [otherKind, other] of subjectFields) {
    if (other === field || subject[other] == null) continue;
    const detail = `${other} is forbidden when subject kind is not '${otherKind}'`;
    errors.push(fieldError.forbidden(path.child(other), detail));
  }
  return errors;
}

function validateSubjectName({ kind, user, group, serviceAccount }: Subject, path: FieldPath): FieldError[] {
  if (kind === 'User') return user?.name ? [] : [fieldError.required(path.child('user', 'name'))];
  if (kind === 'Group') return group?.name ? [] : [fieldError.required(path.child('group', 'name'))];
  const at = path.child('serviceAccount');
  const { name = '', namespace = '' } = serviceAccount!;
  const nameErrors =
    name === ''
      ? [fieldError.required(at.child('name'))]
      : name === '*'
        ? []
        : invalidEach(at.child('name'), name, checkDns1123Subdomain(name));
  const namespaceErrors =
    namespace === ''
      ? [fieldError.required(at.child('namespace'), 'must specify namespace for service account')]
      : invalidEach(at.child('namespace'), namespace, checkDns1123Label(namespace));
  return [...nameErrors, ...namespaceErrors];
}

function isMixed(list: readonly string[]): boolean {
  return list.length > 1 && list.includes('*');
}

function mixed(path: FieldPath, list: readonly string[], what: string): FieldError {
  return fieldError.invalid(path, list, `if '*' is present, must not specify other ${what}`);
}

function validateVerbs(list: readonly string[], path: FieldPath): FieldError[] {
  if (list.length === 0) return [fieldError.required(path, 'verbs must contain at least one value')];
  if (isMixed(list)) return [mixed(path, list, 'verbs')];
  if (list.includes('*') || list.every(verb => verbs.includes(verb))) return [];
  return [fieldError.notSupported(path, list, verbs)];
}

function validateNonResourceRule(rule: NonResourcePolicyRule, path: FieldPath): FieldError[] {
  const urls = rule.nonResourceURLs ?? [];
  const at = path.child('nonResourceURLs');
  const errors = validateVerbs(rule.verbs ?? [], path.child('verbs'));
  if (urls.length === 0)
    return [...errors, fieldError.required(at, 'nonResourceURLs must contain at least one value')];
  if (isMixed(urls)) return [...errors, mixed(at, urls, 'non-resource URLs')];
  if (urls.includes('*')) return errors;
  return [
    ...errors,
    ...urls.flatMap((url, i) => {
      const problem = urlProblem(url);
      return problem === undefined ? [] : [fieldError.invalid(at.index(i), url, problem)];
    }),
  ];
}

function urlProblem(url: string): string | undefined {
  if (url === '') return 'must not be empty';
  if (url === '/') return undefined;
  if (!url.startsWith('/')) return 'must start with slash';
  if (url.includes(' ')) return 'must not contain white-space';
  if (url.includes('//')) return 'must not contain double slash';
  const wildcards = url.split('*').length - 1;
  const isSuffix = wildcards === 1 && url.endsWith('/*');
  return wildcards === 0 || isSuffix ? undefined : 'wildcard can only do suffix matching';
}

function validateResourceRule(rule: ResourcePolicyRule, path: FieldPath): FieldError[] {
  const apiGroups = rule.apiGroups ?? [];
  const resources = rule.resources ?? [];
  const errors = validateVerbs(rule.verbs ?? [], path.child('verbs'));
  const lists = [
    ['apiGroups', apiGroups, 'api group', 'api groups'],
    ['resources', resources, 'resource', 'resources'],
  ] as const;
  for (const [field, list, one, many] of lists) {
    const at = path.child(field);
    if (list.length === 0)
      errors.push(fieldError.required(at, `resource rules must supply at least one ${one}`));
    else if (isMixed(list)) errors.push(mixed(at, list, many));
  }
  return [...errors, ...validateNamespaces(rule, path.child('namespaces'))];
}

function validateNamespaces(rule: ResourcePolicyRule, path: FieldPath): FieldError[] {
  const namespaces = rule.namespaces ?? [];
  if (namespaces.length === 0 && !rule.clusterScope) {
    const detail = 'resource rules that are not cluster scoped must supply at least one namespace';
    return [fieldError.required(path, detail)];
  }
  if (isMixed(namespaces)) return [mixed(path, namespaces, 'namespaces')];
  if (namespaces.includes('*')) return [];
  return namespaces.flatMap((namespace, i) =>
    checkDns1123Label(namespace).map(message => {
      const detail = `each member of this list must be '*' or a DNS-1123 label; ${message}`;
      return fieldError.invalid(path.index(i), namespace, detail);
    }),
  );
}
