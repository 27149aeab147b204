/** The part of dcmjs that the simulator uses; it ships no types of its own. */
declare module 'dcmjs' {
  export interface DcmjsElement {
    readonly vr?: string;
    readonly Value?: unknown;
  }
  export interface DcmjsFile {
    readonly meta: Readonly<Record<string, DcmjsElement>>;
    readonly dict: Readonly<Record<string, DcmjsElement>>;
  }
  export interface DcmjsLog {
    setLevel(level: 'silent'): void;
    getLogger(name: string): DcmjsLog;
  }
  const dcmjs: {
    readonly log: DcmjsLog;
    readonly data: {
      readonly DicomMessage: {
        readFile(bytes: ArrayBuffer, options: { ignoreErrors: boolean; untilTag?: string }): DcmjsFile;
      };
      readonly DicomMetaDictionary: {
        readonly nameMap: Readonly<Record<string, { readonly tag: string } | undefined>>;
        readonly dictionary: Readonly<Record<string, { readonly vr: string } | undefined>>;
      };
    };
  };
  export default dcmjs;
}
