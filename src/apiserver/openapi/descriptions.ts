import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { TypeDescription } from './components.ts';
import type { Descriptions } from './documents.ts';

/**
 * Upstream's texts, read from the doc comments of the package @kubernetes/client-node where it is installed;
 * undefined where it is not. Types are read when first asked for, and kept.
 */
export function installedDescriptions(): Descriptions | undefined {
  const require = createRequire(import.meta.url);
  let models: string;
  try {
    models = join(dirname(require.resolve('@kubernetes/client-node')), 'gen/models');
  } catch {
    // Not installed: documents come without texts.
    return undefined;
  }
  return existsSync(models) ? new ModelDescriptions(models) : undefined;
}

const readersMax = 16;

class ModelDescriptions implements Descriptions {
  readonly #models: string;
  readonly #known = new Map<string, TypeDescription | undefined>();

  constructor(models: string) {
    this.#models = models;
  }

  async load(typeNames: Iterable<string>): Promise<ReadonlyMap<string, TypeDescription>> {
    const names = [...typeNames];
    const missing = names.filter(name => !this.#known.has(name));
    const readers = Array.from({ length: readersMax }, async () => {
      for (let name = missing.pop(); name !== undefined; name = missing.pop()) {
        this.#known.set(name, await this.#read(name));
      }
    });
    await Promise.all(readers);
    const found = names.map(name => [name, this.#known.get(name)] as const);
    return new Map(found.filter((entry): entry is [string, TypeDescription] => entry[1] !== undefined));
  }

  async #read(typeName: string): Promise<TypeDescription | undefined> {
    for (const model of modelNames(typeName)) {
      const text = await readIfThere(join(this.#models, `${model}.d.ts`));
      if (text !== undefined) return parseModel(text);
    }
    return undefined;
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

/** 'io.k8s.api.core.v1.Event' is V1Event or, where groups clash, CoreV1Event. */
function modelNames(typeName: string): string[] {
  const [name, version, group] = typeName.split('.').reverse();
  if (!name || !version || !group) return [];
  const capital = (word: string) => `${word[0]!.toUpperCase()}${word.slice(1)}`;
  return [`${capital(version)}${name}`, `${capital(group)}${capital(version)}${name}`];
}

/** The doc comments of a model's class and of its properties. */
function parseModel(text: string): TypeDescription {
  const fields = new Map<string, string>();
  let description: string | undefined;
  const pattern = /\/\*\*((?:[^*]|\*(?!\/))*)\*\/\s*(?:(export declare class)|'([^']+)'\??:)/g;
  for (const [, comment, isClass, property] of text.matchAll(pattern)) {
    if (isClass) description = clean(comment!);
    else fields.set(jsonName(property!), clean(comment!));
  }
  return { description, fields };
}

function clean(comment: string): string {
  return comment
    .split('\n')
    .map(line => line.replace(/^\s*\*? ?/, '').trimEnd())
    .join('\n')
    .replace(/\\(["'`\\])/g, '$1')
    .trim();
}

/** '_default' is 'default', 'x_kubernetes_list_type' is 'x-kubernetes-list-type', '$ref' is '$ref'. */
function jsonName(property: string): string {
  if (property.startsWith('x_kubernetes_')) return property.replaceAll('_', '-');
  return property.replace(/^_/, '').replace(/^\$$/, property);
}
