import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import type { TypeDescription } from './components.ts';
import type { Descriptions } from './documents.ts';

/**
 * Upstream's texts, read from the doc comments of the package kubernetes-models where it is installed; undefined where it
 * is not. Types are read when first asked for, and kept.
 */
export function installedDescriptions(): Descriptions | undefined {
  const models = folderOf('kubernetes-models', import.meta.url);
  const machinery = models && folderOf('@kubernetes-models/apimachinery', join(models, 'package.json'));
  return models && machinery ? new ModelDescriptions(models, machinery) : undefined;
}

/** Undefined where nothing of it is installed: documents come without texts. */
function folderOf(packageName: string, from: string): string | undefined {
  try {
    const file = findPackageJSON(packageName, from);
    return file && dirname(file);
  } catch {
    return undefined;
  }
}

const readersMax = 16;
const machineryPrefix = 'io.k8s.apimachinery.pkg.';
/** The type that says what `apiVersion` and `kind` are; the package leaves it out of the kinds themselves. */
const typeMetaSource = `${machineryPrefix}apis.meta.v1.DeleteOptions`;

class ModelDescriptions implements Descriptions {
  readonly #models: string;
  readonly #machinery: string;
  /** Folders by what their group's name begins with: 'networking' is 'networking.k8s.io'. */
  readonly #groups: ReadonlyMap<string, string>;
  readonly #known = new Map<string, TypeDescription | undefined>();

  constructor(models: string, machinery: string) {
    this.#models = models;
    this.#machinery = machinery;
    const folders = readdirSync(models, { withFileTypes: true }).filter(entry => entry.isDirectory());
    this.#groups = new Map(folders.map(({ name }) => [name.replace(/\..*/, ''), name]));
  }

  async load(typeNames: Iterable<string>): Promise<ReadonlyMap<string, TypeDescription>> {
    const names = [...typeNames];
    const missing = [...names, typeMetaSource].filter(name => !this.#known.has(name));
    const readers = Array.from({ length: readersMax }, async () => {
      for (let name = missing.pop(); name !== undefined; name = missing.pop()) {
        this.#known.set(name, await this.#read(name));
      }
    });
    await Promise.all(readers);
    const typeMeta = this.#known.get(typeMetaSource)?.fields;
    const complete = ({ description, fields }: TypeDescription) => {
      const own = ['apiVersion', 'kind'].map(name => [name, typeMeta?.get(name)] as const);
      const known = own.filter((entry): entry is [string, string] => entry[1] !== undefined);
      return { description, fields: new Map([...known, ...fields]) };
    };
    const found = names.map(name => [name, this.#known.get(name)] as const);
    return new Map(found.flatMap(([name, text]) => (text ? [[name, complete(text)] as const] : [])));
  }

  async #read(typeName: string): Promise<TypeDescription | undefined> {
    const text = await readIfThere(this.#fileOf(typeName));
    return text === undefined ? undefined : parseModel(text);
  }

  #fileOf(typeName: string): string {
    if (typeName.startsWith(machineryPrefix)) {
      const path = typeName.slice(machineryPrefix.length).replaceAll('.', '/');
      return join(this.#machinery, `${path}.d.ts`);
    }
    const [name, version = '', group = ''] = typeName.split('.').reverse();
    return join(
      this.#models,
      group === 'core' ? '' : (this.#groups.get(group) ?? group),
      version,
      `${name}.d.ts`,
    );
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The doc comments of a model's interface, or of the alias that it is, and of its properties. */
function parseModel(text: string): TypeDescription {
  const fields = new Map<string, string>();
  let description: string | undefined;
  const pattern = /\/\*\*((?:[^*]|\*(?!\/))*)\*\/\s*(?:export (interface|type)|"([^"]+)"\??:)/g;
  for (const [, comment, isType, property] of text.matchAll(pattern)) {
    if (isType) description = clean(comment!);
    else if (property) fields.set(property, clean(comment!));
  }
  return { description, fields };
}

function clean(comment: string): string {
  return comment
    .split('\n')
    .map(line => line.replace(/^\s*\*? ?/, '').trimEnd())
    .join('\n')
    .replace(/\\([*/"'`\\])/g, '$1')
    .trim()
    .replace(/\n@deprecated$/, '');
}
