import type { FileStat, HostFs } from '../../host/port.ts';
import { VolumeError, type VolumePlugin } from '../plugin.ts';

const checks: Readonly<Record<string, { readonly type: FileStat['type']; readonly text: string }>> = {
  Directory: { type: 'directory', text: 'a directory' },
  File: { type: 'file', text: 'a file' },
  Socket: { type: 'socket', text: 'a socket file' },
  CharDevice: { type: 'charDevice', text: 'a character device' },
  BlockDevice: { type: 'blockDevice', text: 'a block device' },
};

async function ensure(fs: HostFs, path: string, type: string): Promise<void> {
  if (type === 'DirectoryOrCreate' && !(await fs.stat(path))) await fs.makeDirectory(path, 0o755);
  if (type === 'FileOrCreate' && !(await fs.stat(path))) await fs.writeFile(path, '', 0o644);
  const check = checks[type.replace('OrCreate', '')];
  if (!check) return;
  const stat = await fs.stat(path);
  if (stat?.type !== check.type) {
    throw new VolumeError(`hostPath type check failed: ${path} is not ${check.text}`);
  }
}

export const hostPathVolumes: VolumePlugin = {
  name: 'kubernetes.io/host-path',
  live: false,
  readOnly: () => false,
  supports: volume => volume.hostPath !== undefined,
  async setUp({ host, volume }) {
    const { path, type = '' } = volume.hostPath!;
    await ensure(host.fs, path, type);
    return path;
  },
};
