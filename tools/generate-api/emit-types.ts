import { type ApiField, apiFields } from './fields.ts';
import type { GoDeclaration } from './go-source.ts';
import type { ApiPackage, ApiType, Resolver } from './model.ts';

/** meta/v1 types that src/machinery/object.ts and status.ts write by hand. */
const handWritten: Readonly<Record<string, string>> = {
  ObjectMeta: '#machinery/object.ts',
  OwnerReference: '#machinery/object.ts',
  ManagedFieldsEntry: '#machinery/object.ts',
  ListMeta: '#machinery/object.ts',
};

const scalarTypes: Readonly<Record<string, string>> = {
  string: 'string',
  uid: 'string',
  nodeName: 'string',
  bool: 'boolean',
  int32: 'number',
  int64: 'number',
  uint32: 'number',
  uint64: 'number',
  float64: 'number',
  bytes: 'string',
  time: 'string',
  microTime: 'string',
  duration: 'string',
  quantity: 'string',
  resourceList: 'Record<string, string>',
  intOrString: 'number | string',
  raw: 'unknown',
  any: 'unknown',
  json: 'unknown',
  fieldsV1: 'Record<string, unknown>',
  jsonSchemaPropsOrBool: 'JSONSchemaProps | boolean',
  jsonSchemaPropsOrArray: 'JSONSchemaProps | JSONSchemaProps[]',
  jsonSchemaPropsOrStringArray: 'JSONSchemaProps | string[]',
};

/** The TypeScript interfaces of one package: types alone, nothing at run time. */
export function emitTypes(resolver: Resolver, pkg: ApiPackage): string {
  const imports = new Map<string, Set<string>>();
  const bodies = resolver
    .structsOf(pkg)
    .filter(struct => struct.name !== 'TypeMeta')
    .map(struct => interfaceOf(resolver, pkg, struct, imports));
  const importLines = [...imports].sort().map(([from, names]) => importLine(from, names));
  const head = ['// Written by tools/generate-api. Do not edit.', ...importLines].join('\n');
  return `${head}\n\n${bodies.filter(body => body !== '').join('\n\n')}\n`;
}

function importLine(from: string, names: Set<string>): string {
  if (names.has('*')) return `import type * as ${namespaceOf(from)} from '${from}';`;
  return `import type { ${[...names].sort().join(', ')} } from '${from}';`;
}

function namespaceOf(file: string): string {
  return file.replace(/^\.\/|\.ts$/g, '').replaceAll('.', '_');
}

function interfaceOf(
  resolver: Resolver,
  pkg: ApiPackage,
  struct: GoDeclaration,
  imports: Map<string, Set<string>>,
): string {
  if (pkg.key === 'meta.v1' && handWritten[struct.name]) {
    return `export type { ${struct.name} } from '${handWritten[struct.name]}';`;
  }
  const fields = flatten(resolver, apiFields(resolver, pkg, struct));
  const isKind = pkg.go.registered.includes(struct.name) && fields.some(f => f.jsonName === 'metadata');
  const lines = fields.map(field => {
    const required = isKind && ['apiVersion', 'kind', 'metadata'].includes(field.jsonName);
    const optional = !required && (field.optional || field.omitEmpty);
    const name = /^[A-Za-z_]\w*$/.test(field.jsonName) ? field.jsonName : `'${field.jsonName}'`;
    return `  ${name}${optional ? '?' : ''}: ${typeScript(field.type, pkg, imports)};`;
  });
  if (lines.length === 0) return `export type ${struct.name} = Record<string, never>;`;
  return `export interface ${struct.name} {\n${lines.join('\n')}\n}`;
}

function flatten(resolver: Resolver, fields: readonly ApiField[]): ApiField[] {
  return fields.flatMap(field => {
    if (!field.inline || field.type.form !== 'struct') return [field];
    const owner = field.type.package;
    return flatten(resolver, apiFields(resolver, owner, owner.go.declarations.get(field.type.name)!));
  });
}

function typeScript(type: ApiType, pkg: ApiPackage, imports: Map<string, Set<string>>): string {
  switch (type.form) {
    case 'scalar':
      return scalarTypes[type.name]!;
    case 'pointer':
      return typeScript(type.element, pkg, imports);
    case 'map':
      return `Record<string, ${typeScript(type.element, pkg, imports)}>`;
    case 'list': {
      const element = typeScript(type.element, pkg, imports);
      return element.includes('|') ? `(${element})[]` : `${element}[]`;
    }
    case 'struct':
      return structName(type, pkg, imports);
  }
}

function structName(
  type: ApiType & { form: 'struct' },
  pkg: ApiPackage,
  imports: Map<string, Set<string>>,
): string {
  const add = (from: string, name: string) => imports.set(from, (imports.get(from) ?? new Set()).add(name));
  if (type.package.key === 'meta.v1' && handWritten[type.name]) {
    add(handWritten[type.name]!, type.name);
    return type.name;
  }
  if (type.package === pkg) return type.name;
  const file = `./${type.package.key}.ts`;
  add(file, '*');
  return `${namespaceOf(file)}.${type.name}`;
}
