/** The top of a page: its title, what it is about, and its actions. It sets the title of the document. */
import { useEffect, type ReactNode } from "react";

interface PageTopProps {
  readonly title: string;
  readonly lead?: ReactNode;
  /** The pages above this one. */
  readonly above?: readonly { readonly title: string; readonly path: string }[];
  readonly children?: ReactNode;
}

/** Sets the title of the document. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Pesarail`;
  }, [title]);
}

export function PageTop({ title, lead, above = [], children }: PageTopProps) {
  useTitle(title);
  return (
    <div className="page-top">
      <div>
        {above.length === 0 ? null : (
          <nav aria-label={title}>
            <ol className="breadcrumb">
              {above.map((page) => (
                <li key={page.path}>
                  <a href={page.path}>{page.title}</a>
                </li>
              ))}
            </ol>
          </nav>
        )}
        <h1>{title}</h1>
        {lead === undefined ? null : <p className="lead">{lead}</p>}
      </div>
      <div className="row no-print">{children}</div>
    </div>
  );
}
