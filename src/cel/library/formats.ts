/** Named formats: `format.dns1123Label().validate(text)` gives what is wrong, or nothing. */
import {
  checkDns1035Label,
  checkDns1123Label,
  checkDns1123Subdomain,
  checkLabelValue,
  checkQualifiedName,
  maskTrailingDash,
} from '#machinery/names.ts';
import type { Library } from '../environment.ts';
import { listOf, optionalOf, stringType, structType } from '../types.ts';
import { ArrayList, CelOpaque, CelOptional, type CelValue } from '../values.ts';
import { globalFunction, memberFunction } from './define.ts';
import { dateFromText, timestampFromText } from './time-text.ts';
import { parseRequestUri, UrlError } from './url-parse.ts';

const formatType = structType('kubernetes.NamedFormat');

interface NamedFormat {
  readonly name: string;
  readonly check: (text: string) => readonly string[];
  /** The length of the pattern that the cost model takes it for. */
  readonly regexSize: number;
}

function prefixOf(check: (text: string) => string[]): (text: string) => string[] {
  return text => check(maskTrailingDash(text));
}

/** One refusal for whatever fails the test. */
function tested(message: string, test: (text: string) => boolean): (text: string) => readonly string[] {
  return text => (test(text) ? [] : [message]);
}

const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/;

function uriProblems(text: string): readonly string[] {
  try {
    parseRequestUri(text);
    return [];
  } catch (error) {
    if (error instanceof UrlError) return [error.message];
    throw error;
  }
}

const formats: Readonly<Record<string, NamedFormat>> = {
  dns1123Label: { name: 'DNS1123Label', check: checkDns1123Label, regexSize: 30 },
  dns1123Subdomain: { name: 'DNS1123Subdomain', check: checkDns1123Subdomain, regexSize: 60 },
  dns1035Label: { name: 'DNS1035Label', check: checkDns1035Label, regexSize: 30 },
  qualifiedName: { name: 'QualifiedName', check: checkQualifiedName, regexSize: 60 },
  dns1123LabelPrefix: { name: 'DNS1123LabelPrefix', check: prefixOf(checkDns1123Label), regexSize: 30 },
  dns1123SubdomainPrefix: {
    name: 'DNS1123SubdomainPrefix',
    check: prefixOf(checkDns1123Subdomain),
    regexSize: 60,
  },
  dns1035LabelPrefix: { name: 'DNS1035LabelPrefix', check: prefixOf(checkDns1035Label), regexSize: 30 },
  labelValue: { name: 'LabelValue', check: checkLabelValue, regexSize: 40 },
  uri: { name: 'URI', check: uriProblems, regexSize: 1103 },
  uuid: {
    name: 'uuid',
    check: tested('does not match the UUID format', text => uuid.test(text)),
    regexSize: 70,
  },
  byte: { name: 'byte', check: tested('invalid base64', text => base64.test(text)), regexSize: 84 },
  date: {
    name: 'date',
    check: tested('invalid date', text => dateFromText(text) !== undefined),
    regexSize: 69,
  },
  datetime: {
    name: 'datetime',
    check: tested('invalid datetime', text => timestampFromText(text) !== undefined),
    regexSize: 69,
  },
};

function formatValue(format: NamedFormat): CelOpaque<NamedFormat> {
  return new CelOpaque(formatType, format, (left, right) => left.name === right.name);
}

function named(name: CelValue): CelValue {
  const format = Object.hasOwn(formats, name as string) ? formats[name as string] : undefined;
  return format ? CelOptional.of(formatValue(format)) : CelOptional.none;
}

function validate(format: CelValue, text: CelValue): CelValue {
  const problems = (format as CelOpaque<NamedFormat>).value.check(text as string);
  return problems.length === 0 ? CelOptional.none : CelOptional.of(new ArrayList(problems));
}

export const formatsLibrary: Library = {
  overloads: [
    ...Object.entries(formats).map(([name, format]) => {
      const value = formatValue(format);
      return globalFunction(`format.${name}`, `format.${name}`, [], formatType, () => value);
    }),
    globalFunction('format.named', 'format-named', [stringType], optionalOf(formatType), named),
    memberFunction(
      'validate',
      'format-validate',
      [formatType, stringType],
      optionalOf(listOf(stringType)),
      validate,
    ),
  ],
};
