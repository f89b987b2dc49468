/** How a command ended. */
export interface Ran {
  /** null = ended by a signal, or out of time. */
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** What is asked of the machine that we run on; tests play other machines. Nothing here throws: what cannot be read is null or empty. */
export interface Machine {
  readonly platform: string
  readonly arch: string
  /** Of the C library; null on musl, and away from Linux. */
  readonly glibc: string | null
  readonly nodeVersion: string
  /** What this process may use of it. */
  readonly cpu: {
    readonly model: string
    /** null where the system does not say. */
    readonly cores: number | null
    /** Of all those cores: two a core with SMT. */
    readonly threads: number
  }
  /** Bytes. */
  readonly memory: {
    readonly total: number
    /** What new processes can have. */
    readonly available: number
    /** Of the container or service (control group); null = none. */
    readonly limit: number | null
  }
  readonly env: Readonly<Record<string, string | undefined>>
  /** Text of a file. */
  read(path: string): Promise<string | null>
  /** First bytes of a file. */
  head(path: string, bytes: number): Promise<Uint8Array | null>
  /** Names in a folder. */
  list(folder: string): Promise<readonly string[]>
  /** With every link followed. */
  realPath(path: string): Promise<string | null>
  /** Whether the folder, or the first one above it that is there, can be written to. */
  isWritable(folder: string): Promise<boolean>
  /** Bytes free on the disk of the folder, or of the first one above it that is there. */
  freeSpace(folder: string): Promise<number | null>
  /** null where there is no such command. */
  run(command: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ran | null>
}
