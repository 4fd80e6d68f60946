import { type ApiField, apiFields } from './fields.ts';
import type { GoDeclaration } from './go-source.ts';
import { type ApiPackage, type ApiType, isEnum, type Resolver } from './model.ts';

/**
 * The facts as text: `package`, `kinds` and `enum` lines, then the types, each followed by one indented line a field. src/api/schemas.ts reads it
 * and says what each word means.
 */
export function emitFacts(resolver: Resolver, packages: readonly ApiPackage[]): string {
  const heads = packages.map(pkg => packageBlock(resolver, pkg));
  const types = packages.flatMap(pkg => resolver.structsOf(pkg).map(s => typeBlock(resolver, pkg, s)));
  const text = [...heads, ...types].join('\n').replaceAll('`', '\\`').replaceAll('${', '\\${');
  return `// Written by tools/generate-api. Do not edit.\nexport const facts = String.raw\`\n${text}\n\`;\n`;
}

function packageBlock(resolver: Resolver, pkg: ApiPackage): string {
  const lines = [`package ${pkg.key} ${pkg.openApiPrefix} ${pkg.version} ${pkg.group || '-'}`];
  const structs = new Set(resolver.structsOf(pkg).map(s => s.name));
  const kinds = [...new Set(pkg.go.registered)].filter(k => structs.has(k)).sort();
  if (kinds.length > 0) lines.push(`kinds ${pkg.key} ${kinds.join(' ')}`);
  for (const declaration of sorted(pkg.go.declarations.values())) {
    if (declaration.alias || !declaration.type || !isEnum(declaration)) continue;
    const values = resolver.enumValues(pkg, declaration.name);
    if (values.length > 0) lines.push(`enum ${pkg.key}.${declaration.name} ${JSON.stringify(values)}`);
  }
  return lines.join('\n');
}

function sorted(declarations: Iterable<GoDeclaration>): GoDeclaration[] {
  return [...declarations].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function typeBlock(resolver: Resolver, pkg: ApiPackage, struct: GoDeclaration): string {
  const words = [`type ${pkg.key}.${struct.name}`];
  if (struct.markers.has('structType')) words.push(`structType=${struct.markers.get('structType')![0]}`);
  const union = unionWord(resolver, pkg, struct);
  if (union) words.push(union);
  return [words.join(' '), ...apiFields(resolver, pkg, struct).map(fieldLine)].join('\n');
}

/** `union=discriminator:member,member`: at most one member is set (KEP-1027 markers). */
function unionWord(resolver: Resolver, pkg: ApiPackage, struct: GoDeclaration): string | undefined {
  if (!struct.markers.has('union')) return undefined;
  const fields = apiFields(resolver, pkg, struct);
  const discriminator = fields.find(f => f.markers.has('unionDiscriminator'))?.jsonName ?? '';
  const members = fields.filter(f => !f.markers.has('unionDiscriminator')).map(f => f.jsonName);
  return `union=${discriminator}:${members.join(',')}`;
}

function fieldLine(field: ApiField): string {
  const words = [
    ` ${field.inline ? '<inline>' : field.jsonName}`,
    String(field.tag ?? '-'),
    typeWord(field.type),
  ];
  if (!field.optional) words.push('required');
  if (field.omitEmpty) words.push('omitempty');
  if (field.omitZero) words.push('omitzero');
  if (field.markers.has('nullable')) words.push('nullable');
  const listType = field.markers.get('listType')?.[0] ?? field.markers.get('k8s:listType')?.[0];
  if (listType) words.push(`listType=${listType}`);
  const keys = field.markers.get('listMapKey') ?? field.markers.get('k8s:listMapKey');
  if (keys) words.push(`listMapKeys=${keys.join(',')}`);
  const mapType = field.markers.get('mapType')?.[0] ?? field.markers.get('structType')?.[0];
  if (mapType) words.push(`mapType=${mapType}`);
  if (field.patchStrategy) words.push(`patchStrategy=${field.patchStrategy}`);
  if (field.patchMergeKey) words.push(`patchMergeKey=${field.patchMergeKey}`);
  if (field.default !== undefined) words.push(`default=${field.default}`);
  return words.join(' ');
}

function typeWord(type: ApiType): string {
  switch (type.form) {
    case 'scalar':
      return type.declared ? `${type.name}@${type.declared}` : type.name;
    case 'struct':
      return `${type.package.key}.${type.name}`;
    case 'pointer':
      return `*${typeWord(type.element)}`;
    case 'list':
      return `${type.wrapped ? '<>' : '[]'}${typeWord(type.element)}`;
    case 'map':
      return `{}${typeWord(type.element)}`;
  }
}
