import { isAbsolute } from 'node:path';
import type { AuthorizerSettings } from '#apiserver/auth/authz/chain.ts';
import { compileReviewCondition } from '#apiserver/auth/authz/review-conditions.ts';
import type { WebhookSettings } from '#apiserver/auth/authz/webhook.ts';
import { CliError } from '#cli/errors.ts';
import { type FieldError, FieldPath, fieldError, fieldErrorsText } from '#machinery/field.ts';
import { parseDuration } from '#machinery/go-values.ts';
import { checkDns1123Subdomain } from '#machinery/names.ts';
import { anyText, fields, flag, listOf, oneOf } from './shape.ts';
import { serverOf } from './webhook-kubeconfig.ts';
import { readYamlShape } from './yaml-file.ts';

interface WebhookConfig {
  readonly authorizedTTL?: string;
  readonly cacheAuthorizedRequests?: boolean;
  readonly unauthorizedTTL?: string;
  readonly cacheUnauthorizedRequests?: boolean;
  readonly timeout?: string;
  readonly subjectAccessReviewVersion?: string;
  readonly matchConditionSubjectAccessReviewVersion?: string;
  readonly failurePolicy?: string;
  readonly connectionInfo?: { readonly type?: string; readonly kubeConfigFile?: string };
  readonly matchConditions?: readonly { readonly expression?: string }[];
}

interface AuthorizerConfig {
  readonly type?: string;
  readonly name?: string;
  readonly webhook?: WebhookConfig;
}

const shape = fields(
  {
    apiVersion: oneOf(['v1', 'v1beta1', 'v1alpha1'].map(version => `apiserver.config.k8s.io/${version}`)),
    kind: oneOf(['AuthorizationConfiguration']),
    authorizers: listOf(
      fields({
        type: anyText,
        name: anyText,
        webhook: fields({
          authorizedTTL: anyText,
          cacheAuthorizedRequests: flag,
          unauthorizedTTL: anyText,
          cacheUnauthorizedRequests: flag,
          timeout: anyText,
          subjectAccessReviewVersion: anyText,
          matchConditionSubjectAccessReviewVersion: anyText,
          failurePolicy: anyText,
          connectionInfo: fields({ type: anyText, kubeConfigFile: anyText }),
          matchConditions: listOf(fields({ expression: anyText })),
        }),
      }),
    ),
  },
  ['apiVersion', 'kind'],
);

/** ABAC has a file of its own upstream, and is not there. */
const types = ['AlwaysAllow', 'AlwaysDeny', 'Node', 'RBAC', 'Webhook'];
const conditionsMax = 64;
const timeoutMsMax = 30_000;

/** Reads an AuthorizationConfiguration (apiserver.config.k8s.io/v1), and the kubeconfigs that it names. Throws CliError. */
export async function readAuthorization(file: string): Promise<readonly AuthorizerSettings[]> {
  const { authorizers = [] } = (await readYamlShape(file, shape)) as {
    authorizers?: readonly AuthorizerConfig[];
  };
  const path = FieldPath.of('authorizers');
  const errors = authorizers.flatMap((one, i) =>
    authorizerErrors(one, authorizers.slice(0, i), path.index(i)),
  );
  if (authorizers.length === 0) {
    errors.push(fieldError.required(path, 'at least one authorization mode must be defined'));
  }
  if (errors.length > 0) throw new CliError(`error: ${file}: ${fieldErrorsText(errors)}`);
  return authorizers.map(({ type, name, webhook }) =>
    type === 'Webhook'
      ? { type, webhook: webhookSettings(name!, webhook!) }
      : ({ type } as AuthorizerSettings),
  );
}

function authorizerErrors(
  { type, name, webhook }: AuthorizerConfig,
  before: readonly AuthorizerConfig[],
  path: FieldPath,
): FieldError[] {
  const typePath = path.child('type');
  if (!type) return [fieldError.required(typePath)];
  if (!types.includes(type)) return [fieldError.notSupported(typePath, type, types)];
  if (type !== 'Webhook' && before.some(other => other.type === type))
    return [fieldError.duplicate(typePath, type)];
  const errors = nameErrors(name, before, path.child('name'));
  const at = path.child('webhook');
  if (type !== 'Webhook') {
    return webhook
      ? [...errors, fieldError.invalid(at, 'non-null', 'may only be specified when type=Webhook')]
      : errors;
  }
  return webhook
    ? [...errors, ...webhookErrors(webhook, at)]
    : [...errors, fieldError.required(at, 'required when type=Webhook')];
}

function nameErrors(
  name: string | undefined,
  before: readonly AuthorizerConfig[],
  path: FieldPath,
): FieldError[] {
  if (!name) return [fieldError.required(path)];
  if (before.some(other => other.name === name)) return [fieldError.duplicate(path, name)];
  const problems = checkDns1123Subdomain(name);
  return problems.length === 0
    ? []
    : [fieldError.invalid(path, name, `authorizer name is invalid: ${problems.join(', ')}`)];
}

function webhookErrors(webhook: WebhookConfig, path: FieldPath): FieldError[] {
  const { matchConditions = [], matchConditionSubjectAccessReviewVersion: conditionVersion } = webhook;
  const oneOfField = (field: 'subjectAccessReviewVersion' | 'failurePolicy', known: readonly string[]) => {
    const value = webhook[field];
    if (!value) return [fieldError.required(path.child(field))];
    return known.includes(value) ? [] : [fieldError.notSupported(path.child(field), value, known)];
  };
  const versionPath = path.child('matchConditionSubjectAccessReviewVersion');
  return [
    ...durationErrors(webhook.timeout, path.child('timeout'), true, timeoutMsMax),
    ...durationErrors(webhook.authorizedTTL, path.child('authorizedTTL'), false),
    ...durationErrors(webhook.unauthorizedTTL, path.child('unauthorizedTTL'), false),
    ...oneOfField('subjectAccessReviewVersion', ['v1', 'v1beta1']),
    ...(!conditionVersion && matchConditions.length > 0
      ? [fieldError.required(versionPath, 'required if match conditions are specified')]
      : []),
    ...(conditionVersion && conditionVersion !== 'v1'
      ? [fieldError.notSupported(versionPath, conditionVersion, ['v1'])]
      : []),
    ...oneOfField('failurePolicy', ['NoOpinion', 'Deny']),
    ...connectionErrors(webhook.connectionInfo ?? {}, path.child('connectionInfo')),
    ...conditionErrors(matchConditions, path.child('matchConditions')),
  ];
}

function durationErrors(
  text: string | undefined,
  path: FieldPath,
  isRequired: boolean,
  msMax?: number,
): FieldError[] {
  if (text === undefined) return isRequired ? [fieldError.required(path)] : [];
  try {
    const ms = msOf(text);
    if (ms === 0 && isRequired) return [fieldError.required(path)];
    if (ms >= 0 && (msMax === undefined || ms <= msMax)) return [];
    return [fieldError.invalid(path, text, msMax === undefined ? 'must be > 0s' : 'must be > 0s and <= 30s')];
  } catch (error) {
    return [fieldError.invalid(path, text, (error as Error).message)];
  }
}

function msOf(text: string): number {
  return Number(parseDuration(text)) / 1e6;
}

function connectionErrors(
  { type, kubeConfigFile }: NonNullable<WebhookConfig['connectionInfo']>,
  path: FieldPath,
) {
  const filePath = path.child('kubeConfigFile');
  if (!type) return [fieldError.required(path.child('type'))];
  // InClusterConfig is for servers that run as pods of the cluster that they ask.
  if (type !== 'KubeConfigFile')
    return [fieldError.notSupported(path.child('type'), type, ['KubeConfigFile'])];
  if (!kubeConfigFile) return [fieldError.required(filePath)];
  if (!isAbsolute(kubeConfigFile))
    return [fieldError.invalid(filePath, kubeConfigFile, 'must be an absolute path')];
  try {
    serverOf(kubeConfigFile);
    return [];
  } catch (error) {
    return [fieldError.invalid(filePath, kubeConfigFile, `error loading file: ${(error as Error).message}`)];
  }
}

function conditionErrors(
  conditions: readonly { readonly expression?: string }[],
  path: FieldPath,
): FieldError[] {
  if (conditions.length > conditionsMax) return [fieldError.tooMany(path, conditions.length, conditionsMax)];
  return conditions.flatMap(({ expression = '' }, i) => {
    const at = path.index(i).child('expression');
    if (expression.trim() === '') return [fieldError.required(at)];
    if (conditions.slice(0, i).some(other => other.expression === expression)) {
      return [fieldError.duplicate(at, expression)];
    }
    const { error } = compileReviewCondition(expression);
    return error === undefined ? [] : [fieldError.invalid(at, expression, error)];
  });
}

function webhookSettings(name: string, webhook: WebhookConfig): WebhookSettings {
  return {
    name,
    authorizedTtlMs: msOf(webhook.authorizedTTL ?? '0s') || 300_000,
    unauthorizedTtlMs: msOf(webhook.unauthorizedTTL ?? '0s') || 30_000,
    cacheAuthorizedRequests: webhook.cacheAuthorizedRequests ?? true,
    cacheUnauthorizedRequests: webhook.cacheUnauthorizedRequests ?? true,
    timeoutMs: msOf(webhook.timeout!),
    subjectAccessReviewVersion: webhook.subjectAccessReviewVersion as 'v1' | 'v1beta1',
    failurePolicy: webhook.failurePolicy as 'NoOpinion' | 'Deny',
    matchConditions: (webhook.matchConditions ?? []).map(({ expression }) => expression!),
    server: serverOf(webhook.connectionInfo!.kubeConfigFile!),
  };
}
