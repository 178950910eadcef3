/** The vendor's package ships no types; this is the part of it that we call. */
declare module '@alicloud/fc2' {
  export interface FcConfig {
    readonly accessKeyID: string;
    readonly accessKeySecret: string;
    readonly securityToken?: string;
    readonly region: string;
    readonly endpoint?: string;
    readonly secure?: boolean;
    readonly internal?: boolean;
    readonly timeout?: number;
    readonly headers?: Readonly<Record<string, string>>;
  }
  export class FC {
    constructor(accountId: string, config: FcConfig);
    invokeFunction(
      serviceName: string,
      functionName: string,
      event: string | Buffer,
      headers: Readonly<Record<string, string>>,
      qualifier: string | null,
      options: { readonly rawBuf?: boolean },
    ): Promise<{ readonly headers: Readonly<Record<string, string>>; readonly data: unknown }>;
  }
  const Client: typeof FC;
  export default Client;
}
