import { registerHooks } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { CliError } from '#cli/errors.ts';
import type { ExtensionEntry } from '../config/cluster-config.ts';
import { type Extension, extensionProblem, sharedNames } from './extension.ts';

/** What `import … from 'coxswain'` means in an extension, wherever it stands: this very program. */
const ownUrl = new URL('../index.ts', import.meta.url).href;

/**
 * Loads the user's modules. While it lives, they may import 'coxswain' without having it installed, and a TypeScript
 * file is a module also where no package.json says so.
 */
export class ExtensionLoader implements Disposable {
  readonly #folder: string;
  readonly #hooks: Disposable;

  /** `folder`: where relative paths and packages are looked for from. */
  constructor(folder: string) {
    this.#folder = folder;
    const hooks = registerHooks({
      resolve(specifier, context, next) {
        if (specifier === 'coxswain') return { ...next(ownUrl, context), shortCircuit: true };
        const resolved = next(specifier, context);
        const isPlain = resolved.url.endsWith('.ts') && !resolved.format;
        return isPlain ? { ...resolved, format: 'module-typescript' } : resolved;
      },
    });
    this.#hooks = { [Symbol.dispose]: () => hooks.deregister() };
  }

  /** What the enabled modules export, in order. Throws CliError, in one line, for the first that is no good. */
  async load(entries: readonly ExtensionEntry[]): Promise<Extension[]> {
    const enabled = entries.filter(({ enabled = true }) => enabled);
    const found: Extension[] = [];
    for (const entry of enabled) found.push(...(await this.#loadOne(entry)));
    const [shared] = sharedNames(found);
    if (shared === undefined) return found;
    throw new CliError(`error: two extensions are called ${JSON.stringify(shared)}: a name stands for one`);
  }

  [Symbol.dispose](): void {
    this.#hooks[Symbol.dispose]();
  }

  async #loadOne({ module, settings = {} }: ExtensionEntry): Promise<Extension[]> {
    const exported = await this.#default(module);
    const made = typeof exported === 'function' ? await called(module, exported, settings) : exported;
    const extensions: readonly unknown[] = Array.isArray(made) ? made : [made];
    extensions.forEach((extension, i) => {
      const problem = extensionProblem(extension);
      if (!problem) return;
      const which = Array.isArray(made) ? `item ${i} of the default export` : 'the default export';
      throw new CliError(`error: extension ${module}: ${which} ${problem}`);
    });
    return extensions as Extension[];
  }

  async #default(module: string): Promise<unknown> {
    let loaded: Record<string, unknown>;
    try {
      loaded = (await import(this.#specifier(module))) as Record<string, unknown>;
    } catch (error) {
      throw new CliError(`error: extension ${module}: ${loadFailure(error, this.#folder)}`);
    }
    if ('default' in loaded) return loaded.default;
    throw new CliError(`error: extension ${module}: it has no default export`);
  }

  #specifier(module: string): string {
    if (module.startsWith('.') || isAbsolute(module))
      return pathToFileURL(resolve(this.#folder, module)).href;
    return packageUrl(module, this.#folder);
  }
}

/** Where a package's name leads from a folder, by its exports for `import`. */
function packageUrl(name: string, folder: string): string {
  const parentURL = pathToFileURL(join(folder, 'x.mjs')).href;
  let url = '';
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      const resolved = next(specifier, { ...context, parentURL });
      url = resolved.url;
      return resolved;
    },
  });
  try {
    import.meta.resolve(name);
    return url;
  } finally {
    hooks.deregister();
  }
}

async function called(module: string, make: unknown, settings: object): Promise<unknown> {
  try {
    return await (make as (settings: object) => unknown)(settings);
  } catch (error) {
    throw new CliError(`error: extension ${module}: its default export threw ${oneLine(error)}`);
  }
}

/** Why a module could not be loaded, with the place where that is known. */
function loadFailure(error: unknown, folder: string): string {
  const place = error instanceof Error ? placeOf(error) : undefined;
  if (!place) return oneLine(error);
  const { file, line } = place;
  const shown = file.startsWith(`${folder}/`) ? file.slice(folder.length + 1) : file;
  return `${oneLine(error)} (${shown}:${line})`;
}

/** The first place of the stack that is a file. */
function placeOf({ stack = '' }: Error): { file: string; line: string } | undefined {
  const match = /(?:^|[\s(])((?:file:\/\/)?\/[^\s:()]+):(\d+)/m.exec(stack);
  if (!match) return undefined;
  const [, file, line] = match;
  return { file: file!.startsWith('file:') ? fileURLToPath(file!) : file!, line: line! };
}

function oneLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error).split('\n')[0]!;
  return `${error.name}: ${error.message.split('\n')[0]}`;
}
