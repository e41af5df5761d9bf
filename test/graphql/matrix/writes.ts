import type pg from 'pg'

export interface Write {
  table: string
  row: Record<string, unknown>
}

/**
 * Notes every row that is written from now on, in whichever table, also one that is gone again when the transaction ends. When a credential was
 * last used is noted by everyone who is let in, and is no write.
 */
export async function watchWrites(pool: pg.Pool) {
  await pool.query(`
    CREATE TABLE written (at bigserial, "table" text, "row" jsonb);
    CREATE FUNCTION note_write() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - 'last_used_at' = to_jsonb(NEW) - 'last_used_at' THEN RETURN NULL; END IF;
      INSERT INTO written ("table", "row") VALUES (TG_TABLE_NAME, CASE TG_OP WHEN 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END);
      RETURN NULL;
    END $$;
    DO $$
    DECLARE it regclass;
    BEGIN
      FOR it IN SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
                AND NOT relispartition AND relname <> 'written'
      LOOP EXECUTE format('CREATE TRIGGER note_write AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION note_write()', it); END LOOP;
    END $$`)
  return {
    /** Those since the last call. */
    async taken(): Promise<Write[]> {
      const { rows } = await pool.query<Write & { at: string }>('DELETE FROM written RETURNING *')
      return rows.toSorted((a, b) => Number(a.at) - Number(b.at))
    },
  }
}
