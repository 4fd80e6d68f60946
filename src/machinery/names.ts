/**
 * The rules of names and small values (apimachinery util/validation and api/validate/content). Each check answers
 * the list of what is wrong, in upstream's sentences; an empty list means valid.
 */
import { RecentCache } from '#base/recent-cache.ts';
import { utf8Length } from './bytes.ts';

export type NameCheck = (value: string) => string[];

const dns1123Label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const dns1123Subdomain = `${dns1123Label}(\\.${dns1123Label})*`;
const dns1123LabelUnderscore = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const dns1123SubdomainUnderscore = `${dns1123LabelUnderscore}(\\.${dns1123LabelUnderscore})*`;
const wildcardSubdomain = `\\*\\.${dns1123Subdomain}`;
const dns1035Label = '[a-z]([-a-z0-9]*[a-z0-9])?';
const labelKeyName = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const labelValue = `(${labelKeyName})?`;
const envVarName = '[-._a-zA-Z][-._a-zA-Z0-9]*';
const configKey = '[-._a-zA-Z0-9]+';
const percent = '[0-9]+%';
const httpHeaderName = '[-A-Za-z0-9]+';
const cIdentifier = '[A-Za-z_][A-Za-z0-9_]*';
const httpPath = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";

const whole = (pattern: string) => new RegExp(`^(?:${pattern})$`);
const patterns = {
  dns1123Label: whole(dns1123Label),
  dns1123Subdomain: whole(dns1123Subdomain),
  dns1123SubdomainUnderscore: whole(dns1123SubdomainUnderscore),
  wildcardSubdomain: whole(wildcardSubdomain),
  dns1035Label: whole(dns1035Label),
  labelKeyName: whole(labelKeyName),
  labelValue: whole(labelValue),
  envVarName: whole(envVarName),
  configKey: whole(configKey),
  percent: whole(percent),
  httpHeaderName: whole(httpHeaderName),
  cIdentifier: whole(cIdentifier),
  httpPath: whole(httpPath),
};

export const dns1123LabelMaxLength = 63;
export const dns1123SubdomainMaxLength = 253;
export const labelValueMaxLength = 63;

/** 'must be no more than N characters'. */
export function maxLengthError(length: number): string {
  return `must be no more than ${length} characters`;
}

/** Upstream's sentence for a value that a pattern refuses. */
export function patternError(message: string, pattern: string, ...examples: string[]): string {
  if (examples.length === 0) return `${message} (regex used for validation is '${pattern}')`;
  return `${message} (e.g. ${examples.map(e => `'${e}', `).join(' or ')}regex used for validation is '${pattern}')`;
}

export const emptyError = 'must be non-empty';

/** 'must be between A and B, inclusive'. */
export function rangeError(low: number, high: number): string {
  return `must be between ${low} and ${high}, inclusive`;
}

export function checkDns1123Label(value: string): string[] {
  const errors: string[] = [];
  if (utf8Length(value) > dns1123LabelMaxLength) errors.push(maxLengthError(dns1123LabelMaxLength));
  if (patterns.dns1123Label.test(value)) return errors;
  errors.push(
    patterns.dns1123Subdomain.test(value)
      ? 'must not contain dots'
      : patternError(
          "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
          dns1123Label,
          'my-name',
          '123-abc',
        ),
  );
  return errors;
}

/** A subdomain check whose length limit is worded by the caller (labels count bytes, names characters). */
function checkSubdomain(value: string, tooLong: string): string[] {
  const errors: string[] = [];
  if (utf8Length(value) > dns1123SubdomainMaxLength) errors.push(tooLong);
  if (!patterns.dns1123Subdomain.test(value)) {
    errors.push(
      patternError(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
        dns1123Subdomain,
        'example.com',
      ),
    );
  }
  return errors;
}

export function checkDns1123Subdomain(value: string): string[] {
  return checkSubdomain(value, maxLengthError(dns1123SubdomainMaxLength));
}

/** As a subdomain, with underscores (pod search domains). */
export function checkDns1123SubdomainWithUnderscore(value: string): string[] {
  const errors: string[] = [];
  if (utf8Length(value) > dns1123SubdomainMaxLength) errors.push(maxLengthError(dns1123SubdomainMaxLength));
  if (!patterns.dns1123SubdomainUnderscore.test(value)) {
    errors.push(
      patternError(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
        dns1123SubdomainUnderscore,
        'example.com',
      ),
    );
  }
  return errors;
}

/** '*.example.com' (RFC 1034 section 4.3.3). */
export function checkWildcardDns1123Subdomain(value: string): string[] {
  const errors: string[] = [];
  if (utf8Length(value) > dns1123SubdomainMaxLength) errors.push(maxLengthError(dns1123SubdomainMaxLength));
  if (!patterns.wildcardSubdomain.test(value)) {
    errors.push(
      patternError(
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
        wildcardSubdomain,
        '*.example.com',
      ),
    );
  }
  return errors;
}

export function checkDns1035Label(value: string): string[] {
  const errors: string[] = [];
  if (utf8Length(value) > dns1123LabelMaxLength) errors.push(maxLengthError(dns1123LabelMaxLength));
  if (!patterns.dns1035Label.test(value)) {
    errors.push(
      patternError(
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
        dns1035Label,
        'my-name',
        'abc-123',
      ),
    );
  }
  return errors;
}

const labelKeyMessage = () =>
  patternError(
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    labelKeyName,
    'MyName',
    'my.name',
    '123-abc',
  );

/** Names that are in order: most are of few words. */
const qualifiedKept = 1024;
const qualified = new RecentCache<string, true>(qualifiedKept);

/** A label key, annotation key (lower-cased first), finalizer or resource name: [prefix/]name. */
export function checkQualifiedName(value: string): string[] {
  if (qualified.get(value)) return [];
  const errors = qualifiedNameErrors(value);
  if (errors.length === 0) qualified.set(value, true);
  return errors;
}

function qualifiedNameErrors(value: string): string[] {
  const parts = value.split('/');
  if (parts.length > 2) {
    return [
      `a valid label key ${labelKeyMessage()} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts.at(-1)!;
  const errors = parts.length === 2 ? checkKeyPrefix(parts[0]!) : [];
  if (name === '') errors.push(`name part ${emptyError}`);
  else if (utf8Length(name) > 63) errors.push('name part must be no more than 63 bytes');
  if (!patterns.labelKeyName.test(name)) errors.push(`name part ${labelKeyMessage()}`);
  return errors;
}

function checkKeyPrefix(prefix: string): string[] {
  if (prefix === '') return [`prefix part ${emptyError}`];
  return checkSubdomain(prefix, `must be no more than ${dns1123SubdomainMaxLength} bytes`).map(
    message => `prefix part ${message}`,
  );
}

export function checkLabelValue(value: string): string[] {
  const errors: string[] = [];
  if (utf8Length(value) > labelValueMaxLength) {
    errors.push(`must be no more than ${labelValueMaxLength} bytes`);
  }
  if (!patterns.labelValue.test(value)) {
    errors.push(
      patternError(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        labelValue,
        'MyValue',
        'my_value',
        '12345',
      ),
    );
  }
  return errors;
}

/** A name that the URL and the store can carry as one segment. */
export function checkPathSegment(value: string): string[] {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  return checkPathSegmentPrefix(value);
}

/** As `checkPathSegment`, for a generateName. */
export function checkPathSegmentPrefix(value: string): string[] {
  return ['/', '%'].filter(part => value.includes(part)).map(part => `may not contain '${part}'`);
}

/** An IANA service name, as container ports and service target ports use. */
export function checkPortName(value: string): string[] {
  const errors: string[] = [];
  if (utf8Length(value) > 15) errors.push(maxLengthError(15));
  if (!/^[-a-z0-9]+$/.test(value)) {
    errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  }
  if (!/[a-z]/.test(value)) errors.push('must contain at least one letter (a-z)');
  if (value.includes('--')) errors.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-')) errors.push('must not begin or end with a hyphen');
  return errors;
}

export function checkPortNumber(value: number): string[] {
  return checkInRange(value, 1, 65535);
}

export function checkInRange(value: number, low: number, high: number): string[] {
  return value >= low && value <= high ? [] : [rangeError(low, high)];
}

/** A UID or a GID. */
export function checkUserOrGroupId(value: number): string[] {
  return checkInRange(value, 0, 0x7fffffff);
}

function checkNoParentPrefix(value: string): string[] {
  if (value === '.' || value === '..') return [`must not be '${value}'`];
  return value.startsWith('..') ? ["must not start with '..'"] : [];
}

/** The strict rule of environment variables. */
export function checkEnvVarName(value: string): string[] {
  const errors = patterns.envVarName.test(value)
    ? []
    : [
        patternError(
          "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit",
          envVarName,
          'my.env-name',
          'MY_ENV.NAME',
          'MyEnvName1',
        ),
      ];
  return [...errors, ...checkNoParentPrefix(value)];
}

/** The rule of environment variables since RelaxedEnvironmentVariableValidation (KEP-4369). */
export function checkRelaxedEnvVarName(value: string): string[] {
  if (value === '') return [`environment variable name ${emptyError}`];
  return /^[\x20-\x3c\x3e-\x7e]*$/.test(value)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

/** A key of a ConfigMap's or Secret's data. */
export function checkConfigMapKey(value: string): string[] {
  const errors: string[] = [];
  if (utf8Length(value) > dns1123SubdomainMaxLength) errors.push(maxLengthError(dns1123SubdomainMaxLength));
  if (!patterns.configKey.test(value)) {
    errors.push(
      patternError(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        configKey,
        'key.name',
        'KEY_NAME',
        'key-name',
      ),
    );
  }
  return [...errors, ...checkNoParentPrefix(value)];
}

/** '25%'. */
export function checkPercent(value: string): string[] {
  if (patterns.percent.test(value)) return [];
  return [
    patternError(
      "a valid percent string must be a numeric string followed by an ending '%'",
      percent,
      '1%',
      '93%',
    ),
  ];
}

export function checkHttpHeaderName(value: string): string[] {
  if (patterns.httpHeaderName.test(value)) return [];
  return [
    patternError(
      "a valid HTTP header must consist of alphanumeric characters or '-'",
      httpHeaderName,
      'X-Header-Name',
    ),
  ];
}

export function checkCIdentifier(value: string): string[] {
  if (patterns.cIdentifier.test(value)) return [];
  return [
    patternError(
      "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
      cIdentifier,
      'my_name',
      'MY_NAME',
      'MyName',
    ),
  ];
}

/** A domain of three segments or more (signer-like names, APIService groups). */
export function checkFullyQualifiedName(value: string): string[] {
  if (value === '') return [emptyError];
  const errors = checkDns1123Subdomain(value);
  if (errors.length > 0) return [errors.join(',')];
  return value.split('.').length < 3
    ? ['should be a domain with at least three segments separated by dots']
    : [];
}

/** 'acme.io/foo', whose path is a valid HTTP path. */
export function checkDomainPrefixedPath(value: string): string[] {
  const slash = value.indexOf('/');
  if (slash <= 0 || slash === value.length - 1) {
    return ['must be a domain-prefixed path (such as "acme.io/foo")'];
  }
  const errors = checkDns1123Subdomain(value.slice(0, slash));
  if (!patterns.httpPath.test(value.slice(slash + 1))) errors.push(patternError('Invalid path', httpPath));
  return errors;
}

/** 'acme.io/foo', a qualified name whose prefix is required. */
export function checkDomainPrefixedKey(value: string): string[] {
  const errors = checkQualifiedName(value);
  if (errors.length > 0) return errors;
  return value.includes('/') ? [] : ['must be a domain-prefixed key (such as "acme.io/foo")'];
}

/** A generateName is checked with its last dash masked, since a suffix follows it. */
export function maskTrailingDash(name: string): string {
  return name.replace(/[\0-\x7f]-$/, 'a');
}
