import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where one cluster keeps its files. */
export interface ClusterPaths {
  readonly name: string;
  /** Everything that outlives a stop. */
  readonly dataDir: string;
  /** What must not outlive a reboot: sockets and process ids. */
  readonly runDir: string;
  readonly pki: string;
  /** By which keys Secrets are encrypted, where the configuration file does not say. */
  readonly encryption: string;
  readonly database: string;
  /** What was decided when the cluster was made. */
  readonly record: string;
  /** Who serves it now. */
  readonly server: string;
  readonly log: string;
  readonly kubeconfig: string;
  /** Folders of the volumes that are made for claims. */
  readonly volumes: string;
}

/** Clusters of root live where a system service's would; a user's live in the home folder. */
export function clusterPaths(name: string, dataDir?: string): ClusterPaths {
  const root = process.getuid?.() === 0;
  const base = root
    ? '/var/lib/coxswain'
    : join(process.env.XDG_DATA_HOME ?? join(homedir(), '.local/share'), 'coxswain');
  const data = dataDir ? resolve(dataDir) : join(base, name);
  return {
    name,
    dataDir: data,
    runDir: root ? `/run/coxswain/${name}` : join(data, 'run'),
    pki: join(data, 'pki'),
    encryption: join(data, 'encryption.json'),
    database: join(data, 'state.db'),
    record: join(data, 'cluster.json'),
    server: join(data, 'server.json'),
    log: join(data, 'server.log'),
    kubeconfig: join(data, 'kubeconfig.yaml'),
    volumes: join(data, 'volumes'),
  };
}
