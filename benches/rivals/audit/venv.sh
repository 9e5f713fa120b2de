# Sourced: $python has pm4py and duckdb, from Python's registry, in a folder of their own below target/. Development tools
# only: pm4py is AGPL and is never linked with anything of ours.
venv=$root/target/rivals-venv
if ! cmp -s requirements.txt "$venv/requirements.txt"; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q -r requirements.txt
  cp requirements.txt "$venv/"
fi
python=$venv/bin/python
