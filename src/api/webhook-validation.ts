import { append } from '#base/append.ts';
import { type ParsedUrl, parseUrl, UrlError } from '#cel/library/url-parse.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { validateLabelSelector } from '#machinery/selectors.ts';
import {
  checkDns1035Label,
  checkDns1123Subdomain,
  checkPathSegment,
  checkPortNumber,
} from '#machinery/names.ts';
import type {
  MatchResources,
  MutatingWebhook,
  NamedRuleWithOperations,
  RuleWithOperations,
  ValidatingWebhook,
} from './generated/types/admissionregistration.v1.ts';
import { validateMatchConditions } from './expression-validation.ts';
import { invalidEach, optionalOneOf, repeats } from './validation.ts';

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const reviewVersions = ['v1', 'v1beta1'];
const timeoutSecondsMax = 30;

interface ClientConfig {
  url?: string;
  service?: { name: string; namespace: string; path?: string; port?: number };
}

function validateUrl(path: FieldPath, text: string): FieldError[] {
  const format = 'desired format: https://host[/path]';
  const url = urlOrReason(text);
  if (typeof url === 'string')
    return [fieldError.required(path, `url must be a valid URL: ${url}; ${format}`)];
  const { scheme, host, query } = url;
  const errors: FieldError[] = [];
  if (scheme !== 'https') {
    errors.push(fieldError.invalid(path, scheme, `'https' is the only allowed URL scheme; ${format}`));
  }
  if (host === '') errors.push(fieldError.invalid(path, '', `host must be specified; ${format}`));
  const user = /^[^/?#]*\/\/([^/?#]*)@/.exec(text)?.[1];
  if (user !== undefined) {
    errors.push(fieldError.invalid(path, user, 'user information is not permitted in the URL'));
  }
  const fragment = /#(.+)$/s.exec(text)?.[1];
  if (fragment !== undefined) {
    errors.push(fieldError.invalid(path, fragment, 'fragments are not permitted in the URL'));
  }
  if (query !== '') {
    errors.push(fieldError.invalid(path, query, 'query parameters are not permitted in the URL'));
  }
  return errors;
}

/** A URL, or why a text is none. */
function urlOrReason(text: string): ParsedUrl | string {
  try {
    return parseUrl(text);
  } catch (error) {
    if (error instanceof UrlError) return error.message;
    throw error;
  }
}

/** Where a webhook is: a URL, or a service of the cluster. */
export function validateWebhookClient(path: FieldPath, { url, service }: ClientConfig): FieldError[] {
  if ((url === undefined) === (service === undefined)) {
    return [fieldError.required(path, 'exactly one of url or service is required')];
  }
  if (url !== undefined) return validateUrl(path.child('url'), url);
  const at = path.child('service');
  const { name, namespace, path: target = '', port = 443 } = service!;
  return [
    // Upstream takes each of the two for the other, and so names the one that is there.
    ...(namespace ? [] : [fieldError.required(at.child('name'))]),
    ...(name ? [] : [fieldError.required(at.child('namespace'))]),
    ...checkPortNumber(port).map(message =>
      fieldError.invalid(at.child('port'), port, `port is not valid: ${message}`),
    ),
    ...invalidEach(at.child('path'), target, checkServicePath(target)),
  ];
}

/** A path of subdomains; neither none nor the root needs one, and one slash may end it. */
function checkServicePath(target: string): string[] {
  if (target === '' || target === '/') return [];
  if (target === '//') return ['segment[0] may not be empty'];
  const segments = target.slice(1).replace(/\/$/, '').split('/');
  return [
    ...(target.startsWith('/') ? [] : ["must start with a '/'"]),
    ...segments.flatMap((segment, i) =>
      segment === ''
        ? [`segment[${i}] may not be empty`]
        : checkDns1123Subdomain(segment).map(message => `segment[${i}]: ${message}`),
    ),
  ];
}

function validateList(path: FieldPath, values: readonly string[] | undefined, what: string): FieldError[] {
  if (!values?.length) return [fieldError.required(path)];
  return values.includes('*') && values.length > 1
    ? [fieldError.invalid(path, values, `if '*' is present, must not specify other ${what}`)]
    : [];
}

/** What a wildcard before it in the list says already. */
function shadowOf(resource: string, before: ReadonlySet<string>): string[] {
  const [parent, sub] = resource.split('/', 2) as [string, string | undefined];
  if (sub === undefined) return [];
  return [...new Set([`${parent}/*`, `*/${sub}`])].filter(wildcard => before.has(wildcard));
}

function validateResources(path: FieldPath, resources: readonly string[] | undefined): FieldError[] {
  if (!resources?.length) return [fieldError.required(path)];
  const before = new Set<string>();
  const errors = resources.flatMap((resource, i) => {
    if (resource === '') return [fieldError.required(path.index(i))];
    const shadow = shadowOf(resource, before);
    before.add(resource);
    return shadow.map(wildcard => {
      const detail = `if '${wildcard}' is present, must not specify ${resource}`;
      return fieldError.invalid(path.index(i), resource, detail);
    });
  });
  if (resources.includes('*/*') && resources.length > 1) {
    errors.push(fieldError.invalid(path, resources, "if '*/*' is present, must not specify other resources"));
  }
  // Upstream looks at the last of them alone.
  const last = resources.findLast(resource => resource !== '' && !resource.includes('/'));
  if (resources.includes('*') && last !== '*') {
    const detail = "if '*' is present, must not specify other resources without subresources";
    errors.push(fieldError.invalid(path, resources, detail));
  }
  return errors;
}

/** What requests a webhook or a policy is for. */
function validateAdmissionRule(at: FieldPath, rule: RuleWithOperations): FieldError[] {
  return [
    ...validateList(at.child('operations'), rule.operations, 'operations'),
    ...(rule.operations ?? []).flatMap((operation, j) =>
      optionalOneOf(at.child('operations').index(j), operation, operations),
    ),
    ...validateList(at.child('apiGroups'), rule.apiGroups, 'API groups'),
    ...validateList(at.child('apiVersions'), rule.apiVersions, 'API versions'),
    ...(rule.apiVersions ?? []).flatMap((version, j) =>
      version === '' ? [fieldError.required(at.child('apiVersions').index(j))] : [],
    ),
    ...validateResources(at.child('resources'), rule.resources),
    ...optionalOneOf(at.child('scope'), rule.scope, ['*', 'Cluster', 'Namespaced']),
  ];
}

function validateReviewVersions(path: FieldPath, versions: readonly string[] | undefined): FieldError[] {
  const at = path.child('admissionReviewVersions');
  if (!versions?.length) return [fieldError.required(at, `must specify one of ${reviewVersions.join(', ')}`)];
  const isRepeated = repeats(versions);
  const errors = versions.flatMap((version, i) =>
    isRepeated[i]
      ? [fieldError.invalid(at.index(i), version, 'duplicate version')]
      : invalidEach(at.index(i), version, checkDns1035Label(version)),
  );
  if (versions.some(version => reviewVersions.includes(version))) return errors;
  const detail = `must include at least one of ${reviewVersions.join(', ')}`;
  return [...errors, fieldError.invalid(at, versions, detail)];
}

function validateName(path: FieldPath, name: string): FieldError[] {
  if (!name) return [fieldError.required(path)];
  const messages = checkDns1123Subdomain(name);
  if (messages.length > 0) return [fieldError.invalid(path, name, messages.join(','))];
  return name.split('.').length < 3
    ? [fieldError.invalid(path, name, 'should be a domain with at least three segments separated by dots')]
    : [];
}

type Webhook = ValidatingWebhook & Pick<MutatingWebhook, 'reinvocationPolicy'>;

function validateWebhook(path: FieldPath, webhook: Webhook): FieldError[] {
  const { sideEffects, timeoutSeconds, reinvocationPolicy } = webhook;
  const effects = ['None', 'NoneOnDryRun'];
  const errors = [
    ...validateName(path.child('name'), webhook.name),
    ...(webhook.rules ?? []).flatMap((rule, i) => validateAdmissionRule(path.child('rules').index(i), rule)),
    ...optionalOneOf(path.child('failurePolicy'), webhook.failurePolicy, ['Fail', 'Ignore']),
    ...optionalOneOf(path.child('matchPolicy'), webhook.matchPolicy, ['Equivalent', 'Exact']),
  ];
  if (sideEffects === undefined || sideEffects === null) {
    errors.push(fieldError.required(path.child('sideEffects'), `must specify one of ${effects.join(', ')}`));
  } else append(errors, optionalOneOf(path.child('sideEffects'), sideEffects, effects));
  if (timeoutSeconds !== undefined && (timeoutSeconds < 1 || timeoutSeconds > timeoutSecondsMax)) {
    const detail = `the timeout value must be between 1 and ${timeoutSecondsMax} seconds`;
    errors.push(fieldError.invalid(path.child('timeoutSeconds'), timeoutSeconds, detail));
  }
  return [
    ...errors,
    ...validateLabelSelector(webhook.namespaceSelector, path.child('namespaceSelector')),
    ...validateLabelSelector(webhook.objectSelector, path.child('objectSelector')),
    ...optionalOneOf(path.child('reinvocationPolicy'), reinvocationPolicy, ['IfNeeded', 'Never']),
    ...validateWebhookClient(path.child('clientConfig'), webhook.clientConfig ?? {}),
    ...validateMatchConditions(path.child('matchConditions'), webhook.matchConditions),
    ...validateReviewVersions(path, webhook.admissionReviewVersions),
  ];
}

/** The webhooks of a configuration. */
export function validateWebhooks(webhooks: readonly Webhook[] | undefined = []): FieldError[] {
  const path = FieldPath.of('webhooks');
  const isRepeated = repeats(webhooks.map(webhook => webhook.name));
  return webhooks.flatMap((webhook, i) => {
    const errors = validateWebhook(path.index(i), webhook);
    if (webhook.name && isRepeated[i]) {
      errors.push(fieldError.duplicate(path.index(i).child('name'), webhook.name));
    }
    return errors;
  });
}

/** What an admission policy or its binding matches. */
export function validateMatchResources(path: FieldPath, match: MatchResources | undefined): FieldError[] {
  if (!match) return [];
  return [
    ...optionalOneOf(path.child('matchPolicy'), match.matchPolicy, ['Equivalent', 'Exact']),
    ...validateLabelSelector(match.namespaceSelector, path.child('namespaceSelector')),
    ...validateLabelSelector(match.objectSelector, path.child('objectSelector')),
    ...validateNamedRules(path.child('resourceRules'), match.resourceRules),
    ...validateNamedRules(path.child('excludeResourceRules'), match.excludeResourceRules),
  ];
}

/** A policy's rules may name the objects that they are for, each once. */
function validateNamedRules(
  path: FieldPath,
  rules: readonly NamedRuleWithOperations[] | undefined = [],
): FieldError[] {
  return rules.flatMap((rule, i) => {
    const { resourceNames = [] } = rule;
    const at = path.index(i).child('resourceNames');
    const isRepeated = repeats(resourceNames);
    return [
      ...resourceNames.flatMap((name, j) => [
        ...invalidEach(at.index(j), name, checkPathSegment(name)),
        ...(isRepeated[j] ? [fieldError.duplicate(at.index(j), name)] : []),
      ]),
      ...validateAdmissionRule(path.index(i), rule),
    ];
  });
}
