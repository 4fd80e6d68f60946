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
  JSONSchemaProps,
  SelectableField,
} from '../../generated/types/apiextensions.v1.ts';
import { loadSchemas } from '../../schemas.ts';
import type { ResourceMeta } from '../structural/schema.ts';
import { validateDefaults, validateDefaultsByRules } from './validate-defaults.ts';
import { validateOpenApi } from './validate-openapi.ts';
import { isUnreadable, unsupportedText, validateStructural } from './validate-structural.ts';

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

/**
 * Where upstream says that a part of a version is: what all versions have alike counts as the definition's own, as its
 * internal form has it.
 */
interface Paths {
  schema(i: number): FieldPath;
  subresources(i: number): FieldPath;
  columns(i: number): FieldPath;
  selectableFields(i: number): FieldPath;
}

type Shared = Readonly<
  Record<'schema' | 'subresources' | 'additionalPrinterColumns' | 'selectableFields', boolean>
>;

function sharedParts(versions: readonly CustomResourceDefinitionVersion[]): Shared {
  const isShared = (name: keyof Shared) => versions.every(v => deepEqual(v[name], versions[0]![name]));
  return {
    schema: isShared('schema'),
    subresources: isShared('subresources'),
    additionalPrinterColumns: isShared('additionalPrinterColumns'),
    selectableFields: isShared('selectableFields'),
  };
}

function pathsOf(shared: Shared): Paths {
  const version = (i: number) => spec.child('versions').index(i);
  return {
    schema: i => (shared.schema ? spec.child('validation') : version(i).child('schema')),
    subresources: i => (shared.subresources ? spec : version(i)).child('subresources'),
    columns: i => (shared.additionalPrinterColumns ? spec : version(i)).child('additionalPrinterColumns'),
    selectableFields: i => (shared.selectableFields ? spec : version(i)).child('selectableFields'),
  };
}

/** `old` is what an update changes. */
export function* validateVersions(
  { versions }: CustomResourceDefinitionSpec,
  old: CustomResourceDefinitionSpec | undefined,
): Steps<FieldError[]> {
  if (!versions?.length) return [oneStorageVersion(versions)];
  const shared = sharedParts(versions);
  const paths = pathsOf(shared);
  const at = spec.child('versions');
  const errors: FieldError[] = [];
  versions.forEach((version, i) => {
    if (version.schema?.openAPIV3Schema) return;
    errors.push(fieldError.required(at.index(i).child('schema', 'openAPIV3Schema')));
  });
  for (const [i, version] of versions.entries()) {
    const before = old?.versions.find(other => other.name === version.name);
    const messages = checkDns1035Label(version.name);
    if (messages.length > 0) {
      errors.push(fieldError.invalid(at.index(i).child('name'), version.name, messages.join(',')));
    }
    append(errors, validateDeprecation(at.index(i).child('deprecationWarning'), version));
    const first = (name: keyof Shared) => i === 0 || !shared[name];
    if (first('schema'))
      append(errors, yield* validateSchema(paths.schema(i), version, versions, shared.schema, before));
    if (first('subresources'))
      append(errors, validateSubresources(paths.subresources(i), version.subresources));
    if (first('additionalPrinterColumns')) {
      append(errors, validateColumns(paths.columns(i), version.additionalPrinterColumns));
    }
    if (first('selectableFields') || first('schema')) {
      append(errors, validateSelectable(paths.selectableFields(i), version, before?.selectableFields));
    }
  }
  const names = versions.map(version => version.name);
  if (new Set(names).size < names.length) {
    errors.push(fieldError.invalid(at, versions, 'must contain unique version names'));
  }
  if (versions.filter(version => version.storage).length !== 1) errors.push(oneStorageVersion(versions));
  return errors;
}

function oneStorageVersion(versions: readonly CustomResourceDefinitionVersion[]): FieldError {
  const detail = 'must have exactly one version marked as storage version';
  return fieldError.invalid(spec.child('versions'), versions, detail);
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
  path: FieldPath,
  version: CustomResourceDefinitionVersion,
  versions: readonly CustomResourceDefinitionVersion[],
  shared: boolean,
  old: CustomResourceDefinitionVersion | undefined,
): Steps<FieldError[]> {
  const schema = version.schema?.openAPIV3Schema;
  if (!schema) return [];
  const at = path.child('openAPIV3Schema');
  const hasStatus = (shared ? versions : [version]).some(({ subresources }) => subresources?.status);
  const errors = hasStatus ? validateRoot(at, schema) : [];
  if (schema.nullable) {
    errors.push(fieldError.forbidden(at.child('nullable'), 'nullable cannot be true at the root'));
  }
  const readable = !isUnreadable(schema);
  yield;
  const structural = readable ? yield* validateStructure(at, schema) : [];
  const schemaErrors = yield* validateOpenApi(at, schema);
  yield;
  append(errors, structural, schemaErrors);
  if (structural.length === 0 && readable) {
    // Who had an expensive rule accepted once may keep it.
    const ignoreRuleCosts = old !== undefined && deepEqual(old.schema, version.schema);
    const options = { environment, ignoreRuleCosts, schemaErrors };
    append(errors, yield* checkSchemaRules(schema as StructuralSchema, at, options));
    yield;
    if (errors.length === 0) append(errors, validateDefaultsByRules(at, schema, environment));
    yield;
  }
  const unsupported = errors.length === 0 ? unsupportedText(schema) : undefined;
  return unsupported === undefined ? errors : [fieldError.invalid(at, '', unsupported)];
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
  return [fieldError.invalid(path, schema, detail)];
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
  path: FieldPath,
  { selectableFields: fields = [], schema }: CustomResourceDefinitionVersion,
  old: readonly SelectableField[] | undefined,
): FieldError[] {
  const root = schema?.openAPIV3Schema;
  if (fields.length === 0) return [];
  if (!root) {
    const detail = 'may only be set when `version.schema.openAPIV3Schema` is not included';
    return [fieldError.invalid(path, '', detail)];
  }
  const errors: FieldError[] = [];
  const known = new Set<string>();
  fields.forEach(({ jsonPath }, i) => {
    const at = path.index(i).child('jsonPath');
    const found = jsonPath ? findField(jsonPath, root) : undefined;
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
