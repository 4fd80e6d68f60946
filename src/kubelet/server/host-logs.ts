import { realPathInside } from '../host/inside.ts';
import type { HostFs } from '../host/port.ts';

const root = '/var/log';
const chunkBytes = 64 * 1024;

export interface HostLog {
  readonly contentType: string;
  readonly body: AsyncIterable<Uint8Array> | string;
}

/** A file or the list of a directory of the host's logs; undefined: there is none. Nothing outside of them is shown. */
export async function openHostLog(fs: HostFs, path: string): Promise<HostLog | undefined> {
  const real = await realPathInside(fs, root, path);
  const stat = real ? await fs.stat(real) : undefined;
  if (stat?.type === 'directory') {
    return { contentType: 'text/html; charset=utf-8', body: await listing(fs, real!) };
  }
  if (stat?.type !== 'file') return undefined;
  return { contentType: 'text/plain; charset=utf-8', body: contents(fs, real!) };
}

async function listing(fs: HostFs, directory: string): Promise<string> {
  const names = await fs.list(directory);
  const links = await Promise.all(
    names.map(async name => {
      const slash = (await fs.stat(`${directory}/${name}`))?.type === 'directory' ? '/' : '';
      return `<a href="${encodeURIComponent(name)}${slash}">${escaped(name)}${slash}</a>\n`;
    }),
  );
  return `<!doctype html>\n<meta name="viewport" content="width=device-width">\n<pre>\n${links.join('')}</pre>\n`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);
}

async function* contents(fs: HostFs, path: string): AsyncIterable<Uint8Array> {
  for (let offset = 0; ; ) {
    const chunk = await fs.read(path, offset, chunkBytes);
    if (chunk.byteLength === 0) return;
    offset += chunk.byteLength;
    yield chunk;
  }
}
