/** The language of a page: the first one in the browser's Accept-Language header that has a dictionary. */
import type { FastifyRequest } from "fastify";
import { defaultLanguage, findLanguage, getWords, type Words } from "../words/index.ts";

/** Language tags in order of preference, without those that the browser refuses (`q=0`). */
export function parseAcceptLanguage(header: string): string[] {
  return header
    .split(",")
    .map((part) => {
      const [tag = "", ...parameters] = part.split(";").map((text) => text.trim());
      const weight = parameters.find((text) => text.startsWith("q="))?.slice(2) ?? "1";
      return { tag, weight: Number(weight) };
    })
    .filter(({ tag, weight }) => tag !== "" && weight > 0)
    .toSorted((first, second) => second.weight - first.weight)
    .map(({ tag }) => tag);
}

export function getPageWords({ headers }: Pick<FastifyRequest, "headers">): Words {
  const tags = parseAcceptLanguage(headers["accept-language"] ?? "");
  return getWords(tags.find((tag) => findLanguage(tag) !== null) ?? defaultLanguage);
}
