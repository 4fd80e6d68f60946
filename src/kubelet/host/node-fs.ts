import { execFile } from 'node:child_process';
import type { Stats } from 'node:fs';
import * as fs from 'node:fs/promises';
import { promisify } from 'node:util';
import type { FileStat, HostFs } from './port.ts';

const run = promisify(execFile);

function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

async function orMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** The host's real file system. */
export class NodeFs implements HostFs {
  async readFile(path: string): Promise<Uint8Array | undefined> {
    return orMissing(fs.readFile(path));
  }

  async read(path: string, offset: number, length: number): Promise<Uint8Array> {
    const file = await orMissing(fs.open(path, 'r'));
    if (!file) return new Uint8Array();
    try {
      const buffer = new Uint8Array(length);
      const { bytesRead } = await file.read(buffer, 0, length, offset);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  }

  async writeFile(path: string, data: Uint8Array | string, mode = 0o644): Promise<void> {
    await fs.writeFile(path, data, { mode });
    await fs.chmod(path, mode);
  }

  async makeDirectory(path: string, mode?: number): Promise<void> {
    const made = await fs.mkdir(path, { recursive: true });
    if (made !== undefined && mode !== undefined) await fs.chmod(path, mode);
  }

  async remove(path: string): Promise<void> {
    await fs.rm(path, { recursive: true, force: true });
  }

  async removeContested(path: string): Promise<void> {
    // rm(1) goes down by open directories, not by paths (fts(3), unlinkat(2)).
    try {
      await run('rm', ['-rf', '--one-file-system', '--', path]);
    } catch (error) {
      const { stderr = '' } = error as { stderr?: string };
      throw new Error(stderr.trim() || (error as Error).message, { cause: error });
    }
  }

  async rename(from: string, to: string): Promise<void> {
    await fs.rename(from, to);
  }

  async symlink(target: string, path: string): Promise<void> {
    await fs.symlink(target, path);
  }

  async readLink(path: string): Promise<string | undefined> {
    try {
      return await orMissing(fs.readlink(path));
    } catch (error) {
      if (hasCode(error, 'EINVAL')) return undefined;
      throw error;
    }
  }

  async list(path: string): Promise<readonly string[]> {
    return ((await orMissing(fs.readdir(path))) ?? []).sort();
  }

  async stat(path: string): Promise<FileStat | undefined> {
    const stat = await orMissing(fs.stat(path));
    if (!stat) return undefined;
    return { type: typeOf(stat), size: stat.size, mode: stat.mode & 0o7777, inode: stat.ino, gid: stat.gid };
  }

  async usedBytes(path: string): Promise<number> {
    return (await countUse('-sk', path)) * 1_024;
  }

  async usedInodes(path: string): Promise<number> {
    return countUse('--inodes', '-s', path);
  }

  async realPath(path: string): Promise<string | undefined> {
    return orMissing(fs.realpath(path));
  }

  async changeMode(path: string, mode: number): Promise<void> {
    await fs.chmod(path, mode);
  }

  async changeOwner(path: string, uid: number, gid: number): Promise<void> {
    await fs.chown(path, uid, gid);
  }

  async giveToGroup(path: string, gid: number): Promise<void> {
    const directories = ['-type', 'd', '-exec', 'chmod', 'ug+rwx,g+s', '{}', '+'];
    const files = ['-type', 'f', '-exec', 'chmod', 'ug+rw', '{}', '+'];
    await run('find', [path, '-exec', 'chgrp', '-h', String(gid), '{}', '+']);
    await run('find', [path, ...directories, '-o', ...files]);
  }
}

function typeOf(stat: Stats): FileStat['type'] {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'directory';
  if (stat.isSocket()) return 'socket';
  if (stat.isCharacterDevice()) return 'charDevice';
  return stat.isBlockDevice() ? 'blockDevice' : 'other';
}

/** du fails where something goes while it counts, and tells the sum all the same. */
async function countUse(...args: readonly string[]): Promise<number> {
  const text = await run('du', args).then(
    ({ stdout }) => stdout,
    (error: { stdout?: string }) => error.stdout ?? '',
  );
  return Number.parseInt(text || '0', 10);
}
