/**
 * The Runtime port: what the kubelet asks of a container runtime. It follows CRI (k8s.io/cri-api runtime/v1) in
 * names and meaning, with CRI's nanoseconds turned into milliseconds since the epoch.
 */

export interface SandboxMetadata {
  readonly name: string;
  readonly uid: string;
  readonly namespace: string;
  readonly attempt: number;
}

export type NamespaceMode = 'POD' | 'CONTAINER' | 'NODE' | 'TARGET';

export interface NamespaceOptions {
  readonly network: NamespaceMode;
  readonly pid: NamespaceMode;
  readonly ipc: NamespaceMode;
  /** For TARGET. */
  readonly targetId?: string;
}

export interface PortMapping {
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly containerPort: number;
  readonly hostPort: number;
  readonly hostIp: string;
}

export interface SandboxConfig {
  readonly metadata: SandboxMetadata;
  readonly hostname: string;
  /** Directory on the host for the containers' log files. */
  readonly logDirectory: string;
  readonly dns: {
    readonly servers: readonly string[];
    readonly searches: readonly string[];
    readonly options: readonly string[];
  };
  readonly portMappings: readonly PortMapping[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly cgroupParent: string;
  readonly sysctls: Readonly<Record<string, string>>;
  readonly namespaces: NamespaceOptions;
  readonly securityContext: ContainerSecurityContext;
  readonly runtimeHandler?: string;
}

export interface ContainerSecurityContext {
  readonly privileged?: boolean;
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly supplementalGroups?: readonly number[];
  readonly readonlyRootfs?: boolean;
  readonly noNewPrivs?: boolean;
  readonly capabilities?: { readonly add: readonly string[]; readonly drop: readonly string[] };
  readonly seccomp?: {
    readonly type: 'RuntimeDefault' | 'Unconfined' | 'Localhost';
    readonly localhostRef?: string;
  };
  readonly appArmor?: ContainerSecurityContext['seccomp'];
  readonly maskedPaths?: readonly string[];
  readonly readonlyPaths?: readonly string[];
  readonly namespaces?: NamespaceOptions;
}

export interface LinuxResources {
  readonly cpuPeriod?: number;
  readonly cpuQuota?: number;
  readonly cpuShares?: number;
  readonly memoryLimitBytes?: number;
  readonly oomScoreAdj?: number;
  readonly unified?: Readonly<Record<string, string>>;
}

export interface Mount {
  readonly containerPath: string;
  readonly hostPath: string;
  readonly readonly: boolean;
  readonly propagation: 'PRIVATE' | 'HOST_TO_CONTAINER' | 'BIDIRECTIONAL';
}

/** A device of the host's, as the container sees it. */
export interface Device {
  readonly containerPath: string;
  readonly hostPath: string;
  /** Some of r (read), w (write), m (make the node). */
  readonly permissions: string;
}

export interface ContainerConfig {
  readonly name: string;
  readonly attempt: number;
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly workingDir: string;
  readonly env: readonly { readonly key: string; readonly value: string }[];
  readonly mounts: readonly Mount[];
  readonly devices?: readonly Device[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Relative to the sandbox's logDirectory. */
  readonly logPath: string;
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  readonly resources: LinuxResources;
  readonly securityContext: ContainerSecurityContext;
}

export interface Sandbox {
  readonly id: string;
  readonly metadata: SandboxMetadata;
  readonly state: 'READY' | 'NOTREADY';
  readonly createdAtMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface SandboxStatus extends Sandbox {
  /** The pod's addresses, the first one first; empty with the host's network. */
  readonly ips: readonly string[];
  /** Path of the network namespace on the host; '' where there is none of its own. */
  readonly netns: string;
}

export type ContainerState = 'CREATED' | 'RUNNING' | 'EXITED' | 'UNKNOWN';

export interface Container {
  readonly id: string;
  readonly sandboxId: string;
  readonly name: string;
  readonly attempt: number;
  readonly image: string;
  readonly imageId: string;
  readonly state: ContainerState;
  readonly createdAtMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface ContainerStatus extends Container {
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  readonly exitCode: number;
  /** 'Completed', 'Error', 'OOMKilled', … */
  readonly reason: string;
  readonly message: string;
  /** Absolute path of the log file. */
  readonly logPath: string;
}

export interface Image {
  readonly id: string;
  readonly repoTags: readonly string[];
  readonly repoDigests: readonly string[];
  readonly sizeBytes: number;
  /** Numeric user of the image, when it names one. */
  readonly uid?: number;
  readonly username: string;
  readonly pinned: boolean;
}

export interface ImageFs {
  /** A path on it. */
  readonly mountpoint: string;
  /** By images and layers. */
  readonly usedBytes: number;
  readonly inodesUsed: number;
}

export interface ExecResult {
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  readonly exitCode: number;
}

export interface ContainerStats {
  readonly id: string;
  readonly timestampMs: number;
  readonly cpuUsageNanoseconds: number;
  readonly memoryWorkingSetBytes: number;
  readonly memoryUsageBytes: number;
  readonly memoryRssBytes: number;
  readonly fsUsedBytes: number;
  readonly fsInodesUsed: number;
}

export interface StreamRequest {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

export interface ContainerFilter {
  readonly id?: string;
  readonly sandboxId?: string;
  readonly state?: ContainerState;
  readonly labels?: Readonly<Record<string, string>>;
}

/** The kind of a runtime's failure that the kubelet tells apart; everything else is 'Unknown'. */
export class RuntimeError extends Error {
  override readonly name = 'RuntimeError';
  readonly code:
    | 'NotFound'
    | 'AlreadyExists'
    | 'DeadlineExceeded'
    | 'Unavailable'
    | 'InvalidArgument'
    | 'Unknown';
  constructor(code: RuntimeError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** Something that happened to a container or a sandbox; a hint to look, never the only source. */
export interface RuntimeEvent {
  readonly podUid: string;
  readonly containerId: string;
  readonly type: 'CREATED' | 'STARTED' | 'STOPPED' | 'DELETED';
}

export interface Runtime extends AsyncDisposable {
  version(): Promise<{
    readonly runtimeName: string;
    readonly runtimeVersion: string;
    readonly runtimeApiVersion: string;
  }>;
  status(): Promise<{
    readonly runtimeReady: boolean;
    readonly networkReady: boolean;
    /** Why not, when not. */
    readonly message: string;
  }>;
  runSandbox(config: SandboxConfig): Promise<string>;
  /** Stops every container of it and frees its network. Idempotent. */
  stopSandbox(id: string): Promise<void>;
  removeSandbox(id: string): Promise<void>;
  sandboxStatus(id: string): Promise<SandboxStatus>;
  listSandboxes(filter?: { readonly labels?: Readonly<Record<string, string>> }): Promise<readonly Sandbox[]>;
  createContainer(sandboxId: string, config: ContainerConfig, sandbox: SandboxConfig): Promise<string>;
  startContainer(id: string): Promise<void>;
  /** SIGTERM (or the image's stop signal), then SIGKILL after `timeoutSeconds`; resolves when it has stopped. */
  stopContainer(id: string, timeoutSeconds: number): Promise<void>;
  removeContainer(id: string): Promise<void>;
  listContainers(filter?: ContainerFilter): Promise<readonly Container[]>;
  containerStatus(id: string): Promise<ContainerStatus>;
  updateResources(id: string, resources: LinuxResources): Promise<void>;
  execSync(id: string, command: readonly string[], timeoutSeconds: number): Promise<ExecResult>;
  /** The runtime's streaming URL (SPDY/3.1 remotecommand or port forward). */
  exec(id: string, command: readonly string[], streams: StreamRequest): Promise<string>;
  attach(id: string, streams: StreamRequest): Promise<string>;
  portForward(sandboxId: string): Promise<string>;
  reopenLog(id: string): Promise<void>;
  listStats(): Promise<readonly ContainerStats[]>;
  listImages(): Promise<readonly Image[]>;
  imageStatus(image: string): Promise<Image | undefined>;
  /** Resolves to the image's reference to start containers from. */
  pullImage(
    image: string,
    auth?: {
      readonly username?: string;
      readonly password?: string;
      readonly registryToken?: string;
      readonly identityToken?: string;
    },
  ): Promise<string>;
  /** With all its names. */
  removeImage(image: string): Promise<void>;
  /** The file system that images and containers' layers are on; undefined: the runtime does not say. */
  imageFs(): Promise<ImageFs | undefined>;
  /** Calls back until disposed; a runtime without events never calls, and the kubelet relists. */
  watchEvents(listener: (event: RuntimeEvent) => void): Disposable;
}
