import type { Pod } from '../types.ts';

/** Where the kubelet keeps what: upstream's layout below our own root. */
export class Layout {
  readonly root: string;
  readonly logRoot: string;

  constructor(root: string, logRoot = `${root}/log/pods`) {
    this.root = root;
    this.logRoot = logRoot;
  }

  get podsDirectory(): string {
    return `${this.root}/pods`;
  }

  get seccompRoot(): string {
    return `${this.root}/seccomp`;
  }

  podDirectory(uid: string): string {
    return `${this.podsDirectory}/${uid}`;
  }

  hostsFile(uid: string): string {
    return `${this.podDirectory(uid)}/etc-hosts`;
  }

  volumesDirectory(uid: string): string {
    return `${this.podDirectory(uid)}/volumes`;
  }

  /** `plugin` such as kubernetes.io/empty-dir. */
  volumeDirectory(uid: string, plugin: string, volume: string): string {
    return `${this.volumesDirectory(uid)}/${plugin.replace('/', '~')}/${volume}`;
  }

  terminationMessageFile(uid: string, container: string, attempt: number): string {
    return `${this.podDirectory(uid)}/containers/${container}/${attempt}`;
  }

  logDirectory(pod: Pod): string {
    const { namespace, name, uid } = pod.metadata;
    return `${this.logRoot}/${namespace}_${name}_${uid}`;
  }

  logFile(pod: Pod, container: string, attempt: number): string {
    return `${this.logDirectory(pod)}/${container}/${attempt}.log`;
  }
}
