"""A world small enough to solve by hand: one mine, two separators, two magnet makers, two markets."""

from __future__ import annotations

from pathlib import Path

P = "unit,source,year,grade,note"
S = "a source,2024,B,"

TABLES = {
    "commodities.csv": """commodity,title,stage,basis,hs_code
ore,Ore,concentrate,t of oxide,
light,Light oxide,oxide,t,
heavy,Heavy oxide,oxide,t,
magnet,Magnets,magnet,t finished,
swarf,Swarf,scrap,t,""",
    "countries.csv": "country,en,fr,ja\nCHN,China,Chine,中国\nJPN,Japan,Japon,日本",
    "sectors.csv": "source_name,sector\ncars,auto_ev",
    "sector_names.csv": "sector,en,fr,ja\nauto_ev,Electric cars,Voitures électriques,電気自動車",
    "facilities.csv": f"""facility,name,operator,country,stage,recipe,status,capacity,low,high,grows,{P}
mine,Mine,Miner,CHN,mine,dig,operating,4000,,,yes,t/yr,{S}
plant,Plant,Refiner,CHN,separation,separate,operating,800,,,yes,t/yr,{S}
maker,Maker,Maker,CHN,magnet,press,operating,700,,,yes,t/yr,{S}
new_maker,New maker,Maker,JPN,magnet,press,construction,300,,,no,t/yr,{S}
recycler,Recycler,Recycler,CHN,separation,recycle,operating,50,,,yes,t/yr,{S}""",
    "openings.csv": f"facility,opens,earliest,latest,ramp_months,{P}\n"
    f"new_maker,2025-01-01,2024-11-01,2025-06-01,12,months,{S}",
    "recipes.csv": f"""recipe,role,commodity,amount,low,high,critical,drives,shelf_days,{P}
dig,output,ore,1,,,yes,yes,,t/t,{S}
dig,residence,,10,,,yes,yes,,d,{S}
separate,input,ore,5,4,6,yes,yes,,t/t,{S}
separate,output,light,1,,,yes,yes,,t/t,{S}
separate,output,heavy,0.1,,,yes,no,20,t/t,{S}
separate,residence,,30,,,yes,yes,,d,{S}
press,input,light,0.8,,,yes,yes,,t/t,{S}
press,input,heavy,0.05,,,no,yes,,t/t,{S}
press,output,magnet,1,,,yes,yes,,t/t,{S}
press,output,swarf,0.3,,,yes,no,20,t/t,{S}
press,residence,,20,,,yes,yes,,d,{S}
recycle,input,swarf,4,,,yes,yes,,t/t,{S}
recycle,output,light,1,,,yes,yes,,t/t,{S}
recycle,residence,,20,,,yes,yes,,d,{S}""",
    "sourcing.csv": f"""buyer,commodity,supplier,share,{P}
CHN/*,magnet,maker,1,1,{S}
JPN/*,magnet,maker,1,1,{S}
JPN/auto_ev,magnet,new_maker,0.5,1,{S}
maker,light,plant,0.9375,1,{S}
maker,light,recycler,0.0625,1,{S}
maker,heavy,plant,1,1,{S}
new_maker,light,plant,1,1,{S}
new_maker,heavy,plant,1,1,{S}
plant,ore,mine,1,1,{S}
recycler,swarf,maker,1,1,{S}""",
    "lanes.csv": f"from,to,transit,low,high,mode,{P}\nCHN,CHN,3,1,5,road,d,{S}\nCHN,JPN,5,3,8,sea,d,{S}\n"
    f"JPN,JPN,2,,,road,d,{S}",
    "demand.csv": f"country,sector,commodity,amount,low,high,{P}\nCHN,auto_ev,magnet,365,,,t/yr,{S}\n"
    f"JPN,auto_ev,magnet,182.5,,,t/yr,{S}",
    "growth.csv": f"sector,rate,low,high,{P}\nauto_ev,0.1,0,0.2,1/yr,{S}",
    "stocks.csv": f"""holder,commodity,cover,low,high,{P}
sector:auto_ev,*,40,15,90,d,{S}
JPN/auto_ev,*,60,30,90,d,{S}
stage:mine,*,15,,,d,{S}
stage:separation,inputs,30,,,d,{S}
stage:separation,outputs,10,,,d,{S}
stage:magnet,*,25,,,d,{S}
JPN/stage:magnet,heavy,120,,,d,{S}""",
    "prices.csv": f"commodity,price,low,high,{P}\nore,1,,,USD/kg,{S}\nlight,50,,,USD/kg,{S}\nheavy,300,,,USD/kg,{S}\n"
    f"magnet,50,,,USD/kg,{S}\nswarf,5,,,USD/kg,{S}",
    "parameters.csv": f"parameter,value,low,high,{P}\nutilisation_max,0.95,0.9,1,1,{S}",
    "published.csv": f"figure,value,low,high,gap,{P}\nchina_mined_reo,2600,,,ours is larger,t/yr,{S}",
    "balance.csv": "row,stated,low,high,used,grade,reason\nyield,0.7,0.6,0.8,0.75,D,too low",
    "world.yaml": """name: small
title: {en: Small}
base_year: 2024
data_vintage: today
inside: CHN
origin_groups: {mined: {china: [CHN]}, separated: {china: [CHN]}, separating: separation}
groups: {Asia: [CHN, JPN]}
""",
}


def write(folder: Path, **changes: tuple[str, str]) -> Path:
    """Write the small world; each change names a table (without .csv) and replaces one text in it by another."""
    for name, text in TABLES.items():
        old, new = changes.get(name.removesuffix(".csv"), ("", ""))
        assert old in text, f"{old!r} is not in {name}"
        (folder / name).write_text((text.replace(old, new, 1) if old else text).rstrip("\n") + "\n", encoding="utf-8")
    return folder
