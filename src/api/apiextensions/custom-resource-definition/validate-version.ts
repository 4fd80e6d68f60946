import { append } from '#base/append.ts';
import { FieldPathError, type FoundField, resolveFieldPath } from '#cel/field-path.ts';
import { baseEnvironment } from '#cel/kubernetes.ts';
import { checkSchemaRules } from '#cel/schema-rules.ts';
import type { StructuralSchema } from '#cel/structural.ts';
import { deepEqual } from '#base/equal.ts';
import type { Steps } from '#base/steps.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { checkDns1035Label } from '#machinery/names.ts';
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
  CustomResourceValidation,
  JSONSchemaProps,
  SelectableField,
} from '../../generated/types/apiextensions.v1.ts';
import { asInternal } from '../../internal-type.ts';
import { loadSchemas } from '../../schemas.ts';
import type { ResourceMeta } from '../structural/schema.ts';
import { validateDefaults, validateDefaultsByRules } from './validate-defaults.ts';
import { validateOpenApi } from './validate-openapi.ts';
import { unreadableText, validateStructural } from './validate-structural.ts';

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];
const deprecationWarningMax = 256;
const selectableFieldsMax = 8;

const spec = FieldPath.of('spec');
const environment = baseEnvironment();

/** Asked for embedded resources alone. */
const meta: ResourceMeta = {
  get objectMeta() {
    return loadSchemas().schemaOf('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta')!;
  },
};

type Version = CustomResourceDefinitionVersion;
type PartName = 'schema' | 'subresources' | 'additionalPrinterColumns' | 'selectableFields';
type Parts = Partial<Pick<Version, PartName>>;

const partNames = ['schema', 'subresources', 'additionalPrinterColumns', 'selectableFields'] as const;

/** What all versions have alike counts as the definition's own, as its internal form has it. */
function separate(versions: readonly Version[]): { own: readonly Version[]; shared: Parts } {
  const [first] = versions;
  const alike = partNames.filter(name => versions.every(v => deepEqual(v[name], first?.[name])));
  const without = (version: Version): Version =>
    ({ ...version, ...Object.fromEntries(alike.map(name => [name, undefined])) }) as Version;
  return {
    own: versions.map(without),
    shared: Object.fromEntries(alike.map(name => [name, first?.[name]])) as Parts,
  };
}

export interface VersionsErrors {
  /** Of each version, and of them together. */
  readonly own: FieldError[];
  /** Of what they have alike. */
  readonly shared: FieldError[];
}

/** Every version needs a schema. */
export function validateSchemasGiven({ versions }: CustomResourceDefinitionSpec): FieldError[] {
  const at = (i: number) => spec.child('versions').index(i).child('schema', 'openAPIV3Schema');
  return (versions ?? []).flatMap(({ schema }, i) =>
    schema?.openAPIV3Schema ? [] : [fieldError.required(at(i))],
  );
}

/** `old` is what an update changes. */
export function* validateVersions(
  { versions: given }: CustomResourceDefinitionSpec,
  old: CustomResourceDefinitionSpec | undefined,
): Steps<VersionsErrors> {
  const versions = given ?? [];
  const { own, shared } = separate(versions);
  const at = spec.child('versions');
  const errors: VersionsErrors = { own: [], shared: [] };
  const before = (name: string) => old?.versions.find(other => other.name === name);
  for (const [i, version] of own.entries()) {
    const messages = checkDns1035Label(version.name);
    if (messages.length > 0) {
      errors.own.push(fieldError.invalid(at.index(i).child('name'), version.name, messages.join(',')));
    }
    append(errors.own, validateDeprecation(at.index(i).child('deprecationWarning'), version));
    const place = versionPlace(at.index(i), versions[i]!.subresources?.status !== undefined);
    append(errors.own, yield* validateParts(place, version, before(version.name)));
  }
  const invalid = (detail: string) =>
    errors.own.push(fieldError.invalid(at, given && own.map(shown), detail));
  const names = versions.map(version => version.name);
  if (new Set(names).size < names.length) invalid('must contain unique version names');
  if (versions.filter(version => version.storage).length !== 1) {
    invalid('must have exactly one version marked as storage version');
  }
  const anyStatus = versions.some(({ subresources }) => subresources?.status);
  if (versions.length > 0) {
    append(errors.shared, yield* validateParts(specPlace(anyStatus), shared, before(names[0]!)));
  }
  return errors;
}

function shown(version: Version): unknown {
  return asInternal('apiextensions.CustomResourceDefinitionVersion', version);
}

/** Where parts of a version stand, and what upstream says there. */
interface Place {
  readonly at: FieldPath;
  readonly schema: FieldPath;
  /** Where it says that a schema in which fields are to be selected cannot be read. */
  readonly unreadable: FieldPath;
  readonly needsSchema: string;
  readonly hasStatus: boolean;
}

function versionPlace(at: FieldPath, hasStatus: boolean): Place {
  const needsSchema = 'may only be set when `version.schema.openAPIV3Schema` is not included';
  const schema = at.child('schema');
  return { at, schema, unreadable: at.child('schema.openAPIV3Schema'), needsSchema, hasStatus };
}

function specPlace(hasStatus: boolean): Place {
  const needsSchema = 'may only be set when validations.schema is included';
  const unreadable = spec.child('schema.openAPIV3Schema');
  return { at: spec, schema: spec.child('validation'), unreadable, needsSchema, hasStatus };
}

function* validateParts(place: Place, parts: Parts, old: Version | undefined): Steps<FieldError[]> {
  const { at } = place;
  const errors = parts.schema ? yield* validateSchema(place, parts.schema, old) : [];
  append(
    errors,
    validateSubresources(at.child('subresources'), parts.subresources),
    validateColumns(at.child('additionalPrinterColumns'), parts.additionalPrinterColumns),
    validateSelectable(place, parts, old?.selectableFields),
  );
  return errors;
}

function validateDeprecation(
  path: FieldPath,
  { deprecated, deprecationWarning: warning }: CustomResourceDefinitionVersion,
): FieldError[] {
  if (warning === undefined) return [];
  const invalid = (detail: string) => fieldError.invalid(path, warning, detail);
  if (!deprecated) return [invalid('can only be set for deprecated versions')];
  const errors: FieldError[] = [];
  if (new TextEncoder().encode(warning).length > deprecationWarningMax) {
    errors.push(invalid(`must be <= ${deprecationWarningMax} characters long`));
  }
  if (warning === '') errors.push(invalid('must not be an empty string'));
  const odd = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.exec(warning);
  if (odd) {
    const index = new TextEncoder().encode(warning.slice(0, odd.index)).length;
    const found = `non-printable character found at index ${index}`;
    errors.push(invalid(`must only contain printable UTF-8 characters; ${found}`));
  }
  return errors;
}

/** What the root may say where the status has a subresource of its own, in the order of upstream's type. */
const allowedAtRoot = [
  'Description',
  'Type',
  'Format',
  'Title',
  'Maximum',
  'ExclusiveMaximum',
  'Minimum',
  'ExclusiveMinimum',
  'MaxLength',
  'MinLength',
  'Pattern',
  'MaxItems',
  'MinItems',
  'UniqueItems',
  'MultipleOf',
  'Required',
  'Items',
  'Properties',
  'ExternalDocs',
  'Example',
  'XPreserveUnknownFields',
  'XValidations',
];
const goNames: Readonly<Record<string, string>> = {
  'x-kubernetes-preserve-unknown-fields': 'XPreserveUnknownFields',
  'x-kubernetes-validations': 'XValidations',
};

function* validateSchema(
  place: Place,
  given: CustomResourceValidation,
  old: Version | undefined,
): Steps<FieldError[]> {
  const schema = given.openAPIV3Schema;
  if (!schema) return [];
  const at = place.schema.child('openAPIV3Schema');
  const errors = place.hasStatus ? validateRoot(at, schema) : [];
  if (schema.nullable) {
    errors.push(fieldError.forbidden(at.child('nullable'), 'nullable cannot be true at the root'));
  }
  const unreadable = unreadableText(schema);
  yield;
  const structural = unreadable === undefined ? yield* validateStructure(at, schema) : [];
  const schemaErrors = yield* validateOpenApi(at, schema);
  yield;
  append(errors, structural, schemaErrors);
  if (structural.length === 0 && unreadable === undefined) {
    // Who had an expensive rule accepted once may keep it.
    const ignoreRuleCosts = old !== undefined && deepEqual(old.schema, given);
    const options = { environment, ignoreRuleCosts, schemaErrors };
    append(errors, yield* checkSchemaRules(schema as StructuralSchema, at, options));
    yield;
    if (errors.length === 0) append(errors, validateDefaultsByRules(at, schema, environment));
    yield;
  }
  if (errors.length === 0 && unreadable !== undefined) errors.push(fieldError.invalid(at, '', unreadable));
  return errors;
}

function* validateStructure(path: FieldPath, schema: JSONSchemaProps): Steps<FieldError[]> {
  const errors = yield* validateStructural(path, schema);
  yield;
  return errors.length > 0 ? errors : validateDefaults(path, schema, meta);
}

function validateRoot(path: FieldPath, schema: JSONSchemaProps): FieldError[] {
  if (schema.type !== undefined && schema.type !== 'object') {
    const detail =
      'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
    return [fieldError.invalid(path.child('type'), schema.type, detail)];
  }
  const goName = (name: string) => goNames[name] ?? `${name[0]!.toUpperCase()}${name.slice(1)}`;
  if (Object.keys(schema).every(name => allowedAtRoot.includes(goName(name)))) return [];
  const detail = `only [${allowedAtRoot.join(' ')}] fields are allowed at the root of the schema if the status subresource is enabled`;
  return [fieldError.invalid(path, asInternal('apiextensions.JSONSchemaProps', schema), detail)];
}

function validateSubresources(
  path: FieldPath,
  subresources: CustomResourceSubresources | undefined,
): FieldError[] {
  const scale = subresources?.scale;
  if (!scale) return [];
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale;
  const under = (name: string, text: string, roots: readonly string[], where: string) => {
    const at = path.child(`scale.${name}`);
    const errors = validateJsonPath(at, text);
    if (errors.length > 0 || roots.some(root => text.startsWith(root))) return errors;
    return [fieldError.invalid(at, text, `should be a json path under ${where}`)];
  };
  return [
    ...under('specReplicasPath', specReplicasPath, ['.spec.'], '.spec'),
    ...under('statusReplicasPath', statusReplicasPath, ['.status.'], '.status'),
    ...(labelSelectorPath
      ? under('labelSelectorPath', labelSelectorPath, ['.spec.', '.status.'], 'either .spec or .status')
      : []),
  ];
}

function validateJsonPath(at: FieldPath, text: string | undefined): FieldError[] {
  if (!text) return [fieldError.required(at)];
  return text.startsWith('.')
    ? []
    : [fieldError.invalid(at, text, 'must be a simple json path starting with .')];
}

function validateColumns(
  path: FieldPath,
  columns: readonly CustomResourceColumnDefinition[] = [],
): FieldError[] {
  return columns.flatMap((column, i) => validateColumn(path.index(i), column));
}

function validateColumn(at: FieldPath, column: CustomResourceColumnDefinition): FieldError[] {
  const errors: FieldError[] = [];
  const types = `must be one of ${columnTypes.join(',')}`;
  if (!column.name) errors.push(fieldError.required(at.child('name')));
  if (!column.type) errors.push(fieldError.required(at.child('type'), types));
  else if (!columnTypes.includes(column.type)) {
    errors.push(fieldError.invalid(at.child('type'), column.type, types));
  }
  if (column.format && !columnFormats.includes(column.format)) {
    const detail = `must be one of ${columnFormats.join(',')}`;
    errors.push(fieldError.invalid(at.child('format'), column.format, detail));
  }
  return [...errors, ...validateJsonPath(at.child('JSONPath'), column.jsonPath)];
}

function validateSelectable(
  { at: where, unreadable, needsSchema }: Place,
  { selectableFields: fields = [], schema }: Parts,
  old: readonly SelectableField[] | undefined,
): FieldError[] {
  const root = schema?.openAPIV3Schema;
  const path = where.child('selectableFields');
  if (fields.length === 0) return [];
  if (!root) return [fieldError.invalid(path, '', needsSchema)];
  const text = unreadableText(root);
  const errors = text === undefined ? [] : [fieldError.invalid(unreadable, '', text)];
  const known = new Set<string>();
  fields.forEach(({ jsonPath }, i) => {
    const at = path.index(i).child('jsonPath');
    const found = jsonPath ? findField(jsonPath, text === undefined ? root : {}) : undefined;
    if (!found) errors.push(fieldError.required(at));
    else if (typeof found === 'string') {
      errors.push(fieldError.invalid(at, jsonPath, `is an invalid path: ${found}`));
    } else append(errors, validateSelected(at, jsonPath, found, known));
  });
  const unchanged = old !== undefined && old.length > selectableFieldsMax && deepEqual(old, fields);
  if (known.size > selectableFieldsMax && !unchanged) {
    errors.push(fieldError.tooMany(path, known.size, selectableFieldsMax));
  }
  return errors;
}

/** What a path without brackets leads to; or why it leads nowhere. */
function findField(text: string, root: JSONSchemaProps): FoundField | string {
  try {
    return resolveFieldPath(text, root as StructuralSchema, false);
  } catch (error) {
    if (error instanceof FieldPathError) return error.message;
    throw error;
  }
}

function validateSelected(
  at: FieldPath,
  jsonPath: string,
  { names, schema }: FoundField,
  known: Set<string>,
): FieldError[] {
  const errors: FieldError[] = [];
  if (names[0] === 'metadata') {
    errors.push(fieldError.invalid(at, jsonPath, 'must not point to fields in metadata'));
  }
  if (!['string', 'boolean', 'integer'].includes(schema.type ?? '')) {
    const detail =
      'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.';
    errors.push(fieldError.invalid(at, jsonPath, detail));
  }
  const path = names.join('.');
  if (known.has(path)) errors.push(fieldError.duplicate(at, jsonPath));
  known.add(path);
  return errors;
}
