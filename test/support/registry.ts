/**
 * An npm registry with packages that are not published yet: the given tarballs. Requests for other packages are
 * redirected to this machine's registry.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Registry extends AsyncDisposable {
  readonly url: string;
}

interface RegistryPackage {
  readonly manifest: { readonly name: string; readonly version: string };
  readonly tarball: Buffer;
}

/** Serves the packages in these tarballs, as the latest of their names. */
export async function createRegistry(tarballs: readonly string[]): Promise<Registry> {
  const packages = new Map(
    tarballs.map(readPackage).map((onePackage) => [onePackage.manifest.name, onePackage]),
  );
  const upstream = execFileSync("npm", ["config", "get", "registry"], { encoding: "utf8" }).trim();
  const server = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? "/").slice(1));
    const requested = packages.get(path.replace(/\/-\/package\.tgz$/, ""));
    if (requested === undefined) response.writeHead(302, { location: upstream + path }).end();
    else if (path.endsWith(".tgz")) response.end(requested.tarball);
    else
      sendPackageMetadata(
        response,
        requested,
        `http://${request.headers.host}/${requested.manifest.name}/-/package.tgz`,
      );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function readPackage(file: string): RegistryPackage {
  const manifest = execFileSync("tar", ["-xzOf", file, "package/package.json"], { encoding: "utf8" });
  return { manifest: JSON.parse(manifest) as RegistryPackage["manifest"], tarball: readFileSync(file) };
}

function sendPackageMetadata(
  response: ServerResponse,
  { manifest, tarball }: RegistryPackage,
  url: string,
): void {
  const { name, version } = manifest;
  const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
  const versions = { [version]: { ...manifest, dist: { tarball: url, integrity } } };
  const body = JSON.stringify({ name, "dist-tags": { latest: version }, versions });
  response.setHeader("content-type", "application/json").end(body);
}
