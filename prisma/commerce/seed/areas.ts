import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../../platform/runtime/project-root.ts";

/** A row of `district`. */
export interface DistrictRow {
  readonly code: string;
  readonly name: string;
  readonly regency: string;
  readonly province: string;
}

const field = /"((?:[^"]|"")*)"|([^,]*)/y;

function splitLine(line: string): string[] {
  const fields: string[] = [];
  field.lastIndex = 0;
  while (field.lastIndex <= line.length) {
    const match = field.exec(line);
    if (match === null) throw new Error(`a line of the reference data is not CSV: ${line}`);
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
    field.lastIndex += 1;
  }
  return fields;
}

function readTable(name: string): string[][] {
  const text = readFileSync(join(projectRoot, "prisma", "commerce", "seed", "data", name), "utf8");
  return text.trimEnd().split(/\r?\n/).slice(1).map(splitLine);
}

/** Reads the districts with the regency and province they are in, by code. Source: SOURCES.md. */
export function readDistricts(): DistrictRow[] {
  const provinces = new Map(readTable("provinces.csv").map(([code = "", name = ""]) => [code, name]));
  const regencies = new Map(
    readTable("regencies.csv").map(([code = "", province = "", name = ""]) => [code, { name, province }]),
  );
  return readTable("districts.csv").map(([code = "", regencyCode = "", name = ""]) => {
    const regency = regencies.get(regencyCode);
    const province = provinces.get(regency?.province ?? "");
    if (regency === undefined || province === undefined) throw new Error(`the district ${code} lies nowhere`);
    return { code: code.replaceAll(".", ""), name, regency: regency.name, province };
  });
}
