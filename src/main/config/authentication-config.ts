import { X509Certificate } from 'node:crypto';
import { results } from '#cel/admission.ts';
import { type About, ClaimExpression, usesClaim } from '#apiserver/auth/authn/claim-expressions.ts';
import type { AuthenticationSettings, JwtSettings } from '#apiserver/auth/authn/jwt-authenticator.ts';
import { defaultIssuer } from '#apiserver/auth/security.ts';
import { CliError } from '#cli/errors.ts';
import { type FieldError, FieldPath, fieldError, fieldErrorsText } from '#machinery/field.ts';
import { checkDomainPrefixedPath } from '#machinery/names.ts';
import { type Shape, anyText, fields, flag, listOf, oneOf } from './shape.ts';
import { readYamlShape } from './yaml-file.ts';

interface IssuerConfig {
  readonly url?: string;
  readonly discoveryURL?: string;
  readonly certificateAuthority?: string;
  readonly audiences?: readonly string[];
  readonly audienceMatchPolicy?: string;
}

interface MappingConfig {
  readonly claim?: string;
  readonly prefix?: string;
  readonly expression?: string;
}

interface RuleConfig {
  readonly claim?: string;
  readonly requiredValue?: string;
  readonly expression?: string;
  readonly message?: string;
}

interface MappingsConfig {
  readonly username?: MappingConfig;
  readonly groups?: MappingConfig;
  readonly uid?: MappingConfig;
  readonly extra?: readonly { readonly key?: string; readonly valueExpression?: string }[];
}

interface JwtConfig {
  readonly issuer?: IssuerConfig;
  readonly claimValidationRules?: readonly RuleConfig[];
  readonly claimMappings?: MappingsConfig;
  readonly userValidationRules?: readonly RuleConfig[];
}

interface AuthenticationConfig {
  readonly jwt?: readonly JwtConfig[];
  readonly anonymous?: {
    readonly enabled?: boolean;
    readonly conditions?: readonly { readonly path: string }[];
  };
}

const texts = (...names: string[]): Shape => fields(Object.fromEntries(names.map(name => [name, anyText])));

const shape = fields(
  {
    apiVersion: oneOf(['v1', 'v1beta1', 'v1alpha1'].map(version => `apiserver.config.k8s.io/${version}`)),
    kind: oneOf(['AuthenticationConfiguration']),
    jwt: listOf(
      fields({
        issuer: fields({
          url: anyText,
          discoveryURL: anyText,
          certificateAuthority: anyText,
          audiences: listOf(anyText),
          audienceMatchPolicy: anyText,
        }),
        claimValidationRules: listOf(texts('claim', 'requiredValue', 'expression', 'message')),
        claimMappings: fields({
          username: texts('claim', 'prefix', 'expression'),
          groups: texts('claim', 'prefix', 'expression'),
          uid: texts('claim', 'expression'),
          extra: listOf(texts('key', 'valueExpression')),
        }),
        userValidationRules: listOf(texts('expression', 'message')),
      }),
    ),
    anonymous: fields({ enabled: flag, conditions: listOf(fields({ path: anyText }, ['path'])) }),
  },
  ['apiVersion', 'kind'],
);

const issuersMax = 64;

/** Reads an AuthenticationConfiguration (apiserver.config.k8s.io/v1). Throws CliError with all that is wrong. */
export async function readAuthentication(file: string): Promise<AuthenticationSettings> {
  const { jwt = [], anonymous } = (await readYamlShape(file, shape)) as AuthenticationConfig;
  const path = FieldPath.of('jwt');
  const errors = [
    ...(jwt.length > issuersMax ? [fieldError.tooMany(path, jwt.length, issuersMax)] : []),
    ...jwt.flatMap((one, i) => [
      ...jwtErrors(one, path.index(i)),
      ...repeatErrors(one, jwt.slice(0, i), path.index(i).child('issuer')),
    ]),
  ];
  if (anonymous?.conditions?.length && !anonymous.enabled) {
    const why = 'enabled should be set to true when conditions are defined';
    errors.push(fieldError.invalid('anonymous.conditions', anonymous.conditions, why));
  }
  if (errors.length > 0) throw new CliError(`error: ${file}: ${fieldErrorsText(errors)}`);
  const paths = anonymous?.conditions?.length ? { paths: anonymous.conditions.map(one => one.path) } : {};
  return {
    jwt: jwt.map(settingsOf),
    ...(anonymous ? { anonymous: { enabled: anonymous.enabled ?? false, ...paths } } : {}),
  };
}

function settingsOf({
  issuer,
  claimMappings,
  claimValidationRules = [],
  userValidationRules = [],
}: JwtConfig) {
  const { url, discoveryURL, certificateAuthority, audiences } = issuer!;
  return {
    issuer: {
      url: url!,
      ...(discoveryURL ? { discoveryUrl: discoveryURL } : {}),
      ...(certificateAuthority ? { ca: certificateAuthority } : {}),
      audiences: audiences!,
    },
    claimMappings: claimMappings as JwtSettings['claimMappings'],
    claimValidationRules,
    userValidationRules: userValidationRules as JwtSettings['userValidationRules'],
  } satisfies JwtSettings;
}

function repeatErrors({ issuer }: JwtConfig, before: readonly JwtConfig[], path: FieldPath): FieldError[] {
  const { url, discoveryURL } = issuer ?? {};
  const has = (field: 'url' | 'discoveryURL', value: string | undefined) =>
    value && before.some(other => other.issuer?.[field] === value)
      ? [fieldError.duplicate(path.child(field), value)]
      : [];
  return [...has('url', url), ...has('discoveryURL', discoveryURL)];
}

function jwtErrors(jwt: JwtConfig, path: FieldPath): FieldError[] {
  const { issuer = {}, claimValidationRules = [], claimMappings = {}, userValidationRules = [] } = jwt;
  return [
    ...issuerErrors(issuer, path.child('issuer')),
    ...claimRuleErrors(claimValidationRules, path.child('claimValidationRules')),
    ...mappingErrors(claimMappings, claimValidationRules, path.child('claimMappings')),
    ...userRuleErrors(userValidationRules, path.child('userValidationRules')),
  ];
}

function issuerErrors(issuer: IssuerConfig, path: FieldPath): FieldError[] {
  const { url = '', discoveryURL = '', certificateAuthority = '' } = issuer;
  const urlPath = path.child('url');
  const discoveryPath = path.child('discoveryURL');
  const trimmed = (text: string) => text.replace(/\/+$/, '');
  const own =
    url === defaultIssuer
      ? [fieldError.invalid(urlPath, url, `URL must not overlap with disallowed issuers: [${url}]`)]
      : [];
  return [
    ...(url === '' ? [fieldError.required(urlPath)] : [...own, ...urlErrors(url, urlPath)]),
    ...(discoveryURL !== '' && url !== '' && trimmed(url) === trimmed(discoveryURL)
      ? [fieldError.invalid(discoveryPath, discoveryURL, 'discoveryURL must be different from URL')]
      : []),
    ...(discoveryURL === '' ? [] : urlErrors(discoveryURL, discoveryPath)),
    ...audienceErrors(issuer, path),
    ...(certificateAuthority === '' || isCertificate(certificateAuthority)
      ? []
      : [
          fieldError.invalid(
            path.child('certificateAuthority'),
            '<omitted>',
            'data does not contain any valid RSA or ECDSA certificates',
          ),
        ]),
  ];
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

function urlErrors(text: string, path: FieldPath): FieldError[] {
  const url = URL.parse(text);
  const invalid = (why: string) => fieldError.invalid(path, text, why);
  if (!url) return [invalid('URL scheme must be https')];
  return [
    ...(url.protocol === 'https:' ? [] : [invalid('URL scheme must be https')]),
    ...(url.username || url.password ? [invalid('URL must not contain a username or password')] : []),
    ...(url.search ? [invalid('URL must not contain a query')] : []),
    ...(url.hash ? [invalid('URL must not contain a fragment')] : []),
  ];
}

function audienceErrors({ audiences = [], audienceMatchPolicy: policy = '' }: IssuerConfig, path: FieldPath) {
  const at = path.child('audiences');
  if (audiences.length === 0) return [fieldError.required(at, `at least one ${at} is required`)];
  const errors = audiences.flatMap((audience, i) => [
    ...(audience === '' ? [fieldError.required(at.index(i))] : []),
    ...(audiences.indexOf(audience) < i ? [fieldError.duplicate(at.index(i), audience)] : []),
  ]);
  const isMany = audiences.length > 1;
  if (policy === 'MatchAny' || (!isMany && policy === '')) return errors;
  const why = isMany
    ? 'audienceMatchPolicy must be MatchAny for multiple audiences'
    : 'audienceMatchPolicy must be empty or MatchAny for single audience';
  return [...errors, fieldError.invalid(path.child('audienceMatchPolicy'), policy, why)];
}

function claimRuleErrors(rules: readonly RuleConfig[], path: FieldPath): FieldError[] {
  return rules.flatMap((rule, i) => {
    const at = path.index(i);
    const { claim = '', expression = '', message = '', requiredValue = '' } = rule;
    const before = rules.slice(0, i);
    if (claim && expression) return [fieldError.invalid(at, claim, "claim and expression can't both be set")];
    if (claim) {
      return [
        ...(message
          ? [fieldError.invalid(at.child('message'), message, 'may not be specified when claim is set')]
          : []),
        ...(before.some(other => other.claim === claim)
          ? [fieldError.duplicate(at.child('claim'), claim)]
          : []),
      ];
    }
    if (!expression) return [fieldError.required(at, 'claim or expression is required')];
    const why = 'may not be specified when expression is set';
    return [
      ...(requiredValue ? [fieldError.invalid(at.child('requiredValue'), requiredValue, why)] : []),
      ...(before.some(other => other.expression === expression)
        ? [fieldError.duplicate(at.child('expression'), expression)]
        : expressionErrors('claims', expression, at.child('expression'), true)),
    ];
  });
}

function userRuleErrors(rules: readonly RuleConfig[], path: FieldPath): FieldError[] {
  return rules.flatMap(({ expression = '' }, i) => {
    const at = path.index(i).child('expression');
    if (!expression) return [fieldError.required(at)];
    if (rules.slice(0, i).some(other => other.expression === expression))
      return [fieldError.duplicate(at, expression)];
    return expressionErrors('user', expression, at, true);
  });
}

function mappingErrors(
  mappings: MappingsConfig,
  rules: readonly RuleConfig[],
  path: FieldPath,
): FieldError[] {
  const { username = {}, groups = {}, uid = {}, extra = [] } = mappings;
  const uidPath = path.child('uid');
  const errors = [
    ...prefixedErrors(username, path.child('username'), true),
    ...prefixedErrors(groups, path.child('groups'), false),
    ...(uid.claim && uid.expression
      ? [fieldError.invalid(uidPath, '', "claim and expression can't both be set")]
      : []),
    ...(uid.expression && !uid.claim
      ? expressionErrors('claims', uid.expression, uidPath.child('expression'))
      : []),
    ...extra.flatMap((_, i) => extraErrors(extra, i, path.child('extra').index(i))),
  ];
  const { expression = '' } = username;
  const verifying = [
    expression,
    ...extra.map(one => one.valueExpression),
    ...rules.map(one => one.expression),
  ];
  if (
    expression &&
    usesClaim(expression, 'email') &&
    !verifying.some(one => one && usesClaim(one, 'email_verified'))
  ) {
    const why =
      'claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression';
    errors.push(fieldError.invalid(path.child('username', 'expression'), expression, why));
  }
  return errors;
}

function prefixedErrors(
  { claim = '', prefix, expression = '' }: MappingConfig,
  path: FieldPath,
  isRequired: boolean,
) {
  if (claim && expression) return [fieldError.invalid(path, '', "claim and expression can't both be set")];
  if (expression) {
    const why = 'may not be specified when expression is set';
    return [
      ...(prefix === undefined ? [] : [fieldError.invalid(path.child('prefix'), prefix, why)]),
      ...expressionErrors('claims', expression, path.child('expression')),
    ];
  }
  if (!claim) return isRequired ? [fieldError.required(path, 'claim or expression is required')] : [];
  if (prefix !== undefined) return [];
  const why = 'prefix is required when claim is set. It can be set to an empty string to disable prefixing';
  return [fieldError.required(path.child('prefix'), why)];
}

function extraErrors(extra: NonNullable<MappingsConfig['extra']>, i: number, path: FieldPath): FieldError[] {
  const { key = '', valueExpression = '' } = extra[i]!;
  const at = path.child('key');
  const domain = key.includes('/') ? key.slice(0, key.indexOf('/')) : '';
  const isReserved = /(^|\.)(kubernetes|k8s)\.io$/.test(domain);
  const reserved = 'k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use';
  const errors = [
    ...(key === ''
      ? [fieldError.required(at)]
      : checkDomainPrefixedPath(key).map(problem => fieldError.invalid(at, key, problem))),
    ...(key === key.toLowerCase() ? [] : [fieldError.invalid(at, key, 'must be lowercase')]),
    ...(isReserved ? [fieldError.invalid(at, key, reserved)] : []),
  ];
  if (extra.slice(0, i).some(other => other.key === key)) return [...errors, fieldError.duplicate(at, key)];
  const valuePath = path.child('valueExpression');
  return [
    ...errors,
    ...(valueExpression
      ? expressionErrors('claims', valueExpression, valuePath)
      : [fieldError.required(valuePath)]),
  ];
}

function expressionErrors(about: About, text: string, path: FieldPath, isCondition = false): FieldError[] {
  const { problem } = new ClaimExpression(about, text, isCondition ? results.condition : results.anything);
  return problem === undefined ? [] : [fieldError.invalid(path, text, problem)];
}
