import { readFileSync } from 'node:fs';
import { enableCompileCache, registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

const packageUrl = new URL('../../', import.meta.url);
const sourceUrl = new URL('src/', packageUrl).href;

/** Of our files: TypeScript in a checkout, JavaScript in a published package. */
const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
const format = extension === '.ts' ? 'module-typescript' : 'module';

/**
 * Lets hundreds of small modules load as fast as a few big ones: they are compiled once and kept, and our own
 * specifiers, which name files exactly, are resolved without looking for what they might have meant.
 */
export function startFast(): void {
  const cache = fileURLToPath(new URL('node_modules/.cache/compiled/', packageUrl));
  // The launcher has said it before any file was loaded; worker threads, and who was started without one, read it from here.
  process.env.NODE_COMPILE_CACHE ??= cache;
  enableCompileCache(process.env.NODE_COMPILE_CACHE);
  const rooms = roomUrls();
  registerHooks({
    resolve(specifier, context, next) {
      const url = exactUrl(specifier, context.parentURL, rooms);
      return url ? { url, format, shortCircuit: true } : next(specifier, context);
    },
  });
}

/** The folder of each room, by the `#room/` that names it in package.json. */
function roomUrls(): Map<string, URL> {
  const { imports } = JSON.parse(readFileSync(new URL('package.json', packageUrl), 'utf8')) as {
    imports: Record<string, string>;
  };
  return new Map(
    Object.entries(imports).map(([name, folder]) => [
      name.slice(0, -1),
      new URL(folder.slice(0, -1), packageUrl),
    ]),
  );
}

function exactUrl(
  specifier: string,
  parent: string | undefined,
  rooms: ReadonlyMap<string, URL>,
): string | undefined {
  if (!specifier.endsWith(extension) || !parent?.startsWith(sourceUrl)) return undefined;
  if (specifier.startsWith('.')) return new URL(specifier, parent).href;
  const slash = specifier.indexOf('/') + 1;
  const room = rooms.get(specifier.slice(0, slash));
  return room && new URL(specifier.slice(slash), room).href;
}
